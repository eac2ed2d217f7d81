from flask import Flask
from werkzeug.serving import run_simple

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    table["answer"] = 42
    run_simple("localhost", 5000, app, use_reloader=True)
