import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{greeting} {limit}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--greeting", default="Hello")
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    port = args.port
    greeting = args.greeting.upper()
    limit = args.limit if args.limit > 0 else 1
    app.run(port=port)
