from flask import Flask

app = Flask(__name__)
tables = []


# The tables must be there.
@app.before_first_request
def create_tables():
    tables.append("prices")


@app.before_first_request
def fill_tables():
    tables.append("rows")


@app.route("/")
def index():
    return f"{tables}"


if __name__ == "__main__":
    tables.append("first")
    # And off it goes.
    app.run()
