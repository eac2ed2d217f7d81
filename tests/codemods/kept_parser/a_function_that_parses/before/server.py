import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{options.model} {options.names}"


def parse_options():
    """What was asked for."""
    parser = argparse.ArgumentParser(description="A model")
    parser.add_argument("model")
    parser.add_argument("--names", nargs="+", default=[])
    parser.add_argument("--port", type=int, default=5000)
    found = parser.parse_args()
    found.model = found.model.lower()
    return found


if __name__ == "__main__":
    options = parse_options()
    app.run(port=options.port)
