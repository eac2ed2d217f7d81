import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("settings.py")


@app.route("/")
def index():
    return app.config["TITLE"] * args.times


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=1)
    args = parser.parse_args()
    app.run()
