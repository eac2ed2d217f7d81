import argparse
import functools

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("settings.py")


@app.route("/")
def index():
    return app.config["THEME"] * app.config["TIMES"]


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    if app.config["LOUD"]:
        app.logger.warning("loud")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=app.config["TIMES"], help="how often")
    parser.add_argument("--loud", action="store_true", default=app.config["LOUD"])
    args = parser.parse_args()
    app.config.update(TIMES=args.times, LOUD=args.loud)
    init_app()
    app.run()
