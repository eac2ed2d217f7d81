import argparse

from flask import Flask, current_app

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return current_app.config["UPLOAD_DIR"] + app.config["TITLE"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--uploads", default=app.config["UPLOAD_DIR"])
    parser.add_argument("--title", default=app.config["TITLE"])
    parser.add_argument("--level", type=int, default=1)
    args = parser.parse_args()
    app.config["UPLOAD_DIR"] = args.uploads
    app.config.update(TITLE=args.title)
    print("level", args.level)
    app.run()
