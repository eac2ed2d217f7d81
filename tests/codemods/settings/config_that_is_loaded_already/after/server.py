import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("settings.py")


@app.route("/")
def index():
    return app.config["TITLE"] * app.config["TIMES"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=app.config["TIMES"])
    args = parser.parse_args()
    app.config.update(TIMES=args.times)
    app.run()
