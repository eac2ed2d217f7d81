import argparse
import functools

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return f"{greeting} {limit}"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global greeting, limit

    greeting = app.config["GREETING"].upper()
    limit = app.config["LIMIT"] if app.config["LIMIT"] > 0 else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--greeting", default=app.config["GREETING"])
    parser.add_argument("--limit", type=int, default=app.config["LIMIT"])
    parser.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    app.config.update(GREETING=args.greeting, LIMIT=args.limit)
    port = args.port
    init_app()
    app.run(port=port)
