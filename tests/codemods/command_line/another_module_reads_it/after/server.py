from flask import Flask
from options import args

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    app.run()
