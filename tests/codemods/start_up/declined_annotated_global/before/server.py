from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    table: str = open("t").read()
    app.run()
