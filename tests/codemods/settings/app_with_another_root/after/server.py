import argparse
import pathlib

from flask import Flask

app = Flask("guests")
app.config.from_pyfile(pathlib.Path(__file__).absolute().with_name("config.py"))


@app.route("/")
def index():
    return app.config["TITLE"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default=app.config["TITLE"])
    args = parser.parse_args()
    app.config.update(TITLE=args.title)
    app.run()
