import os

from flask import Flask

app = Flask(__name__)
ready = []


@app.route("/")
def index():
    return f"ready: {ready}"


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))


@app.before_first_request
def get_ready():
    ready.append("now")
