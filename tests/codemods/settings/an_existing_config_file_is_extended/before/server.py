import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("settings.py")


@app.route("/")
def index():
    return app.config["THEME"] * args.times


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=2, help="how often")
    parser.add_argument("--loud", action="store_true")
    args = parser.parse_args()
    if args.loud:
        app.logger.warning("loud")
    app.run()
