from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    table = open("t").read()
    app.run()
