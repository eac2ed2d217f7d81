from flask import Flask
from lib import options

app = Flask(__name__)


@app.route("/")
def index():
    return options.read().greeting


if __name__ == "__main__":
    app.run()
