from waitress import serve
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=8000)
