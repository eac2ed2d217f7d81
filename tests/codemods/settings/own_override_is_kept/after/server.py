import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return app.config["DATA_FOLDER"] + app.config["DATA_FOLDER"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", default=app.config["DATA_FOLDER"])
    args = parser.parse_args()
    app.config["DATA_FOLDER"] = args.folder
    app.run()
