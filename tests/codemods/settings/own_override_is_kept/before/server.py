import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return app.config["DATA_FOLDER"] + args.folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", default="data")
    args = parser.parse_args()
    app.config["DATA_FOLDER"] = args.folder
    app.run()
