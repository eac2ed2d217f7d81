from flask import Flask
from paste.translogger import TransLogger
from waitress import serve

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    serve(TransLogger(app), port=5000)
