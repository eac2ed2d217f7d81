import argparse

from flask import Flask

app = Flask(__name__)


def build(options):
    return options.size


@app.route("/")
def index():
    return str(vars(args)["size"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=1)
    parser.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    args.size = args.size * 2
    build(args)
    app.config.update(vars(args))
    app.run(port=args.port)
