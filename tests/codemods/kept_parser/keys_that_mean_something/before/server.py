import argparse

from flask import Flask
from flask_caching import Cache

from settings import Production

app = Flask(__name__)
app.config["LIMIT"] = 5
cache = Cache()


@app.route("/")
def index():
    return str((args.testing, args.app, args.limit, args.cache_type, args.run_slow, args.title))


def set_up():
    app.config.from_object(Production)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--testing", action="store_true")
    parser.add_argument("--app", default="shop")
    parser.add_argument("--limit", type=int, default=1)
    parser.add_argument("--cache-type", default="simple")
    parser.add_argument("--run-slow", action="store_true")
    parser.add_argument("--title", default="Shop")
    args = parser.parse_args()
    set_up()
    app.run()
