from flask import Flask

app = Flask(__name__)
tables = []


@app.route("/")
def index():
    return f"{tables}"


if __name__ == "__main__":
    app.run()


def create_tables():
    tables.append("prices")
