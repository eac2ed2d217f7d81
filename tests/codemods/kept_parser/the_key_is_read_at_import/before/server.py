import argparse

from flask import Flask

app = Flask(__name__)
folder = app.config.get("FOLDER", "nowhere")


@app.route("/")
def index():
    return app.config["FOLDER"] + folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", default="files")
    args = parser.parse_args()
    app.config["FOLDER"] = args.folder
    app.run()
