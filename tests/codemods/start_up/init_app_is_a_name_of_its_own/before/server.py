from flask import Flask

app = Flask(__name__)


def init_app():
    return "mine"


@app.route("/")
def index():
    return init_app() + table


if __name__ == "__main__":
    table = open("table").read()
    app.run()
