import argparse
import functools
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")
log = []


@app.route("/")
def index():
    return {"log": log}


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    log.append("checked")
    if app.config["CHECK"]:
        print("all is well")
        sys.exit()
    log.append("working")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", default=app.config["CHECK"], help="stop before the work begins")
    args = parser.parse_args()
    app.config.update(CHECK=args.check)
    init_app()
    app.run()
