import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, choices=[8000, 8001], default=8000)
    parser.add_argument("--debug", action="store_true")
    args = parser.parse_args()
    print(f"listening on {args.host}:{args.port}")
    app.run(host=args.host, port=args.port, debug=args.debug)
