from flask import Flask

app = Flask(__name__)
tables = []


def create_tables():
    tables.append("prices")


app.before_first_request(create_tables)


@app.before_first_request
@app.route("/again")
def again():
    return "again"


if __name__ == "__main__":
    app.run()
