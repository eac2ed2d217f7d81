import argparse
import signal
import sys

from flask import Flask, jsonify
from werkzeug.serving import run_simple


def stop(number, frame):
    print("It is told to stop.", flush=True)
    sys.exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--title", default="All of it")
    parser.add_argument("--tls", action="store_true")
    args = parser.parse_args()
    app = Flask(__name__)
    visits = []

    @app.route("/")
    def index():
        visits.append(args.title)
        return jsonify(title=args.title, visits=len(visits))

    signal.signal(signal.SIGUSR1, stop)
    context = "adhoc" if args.tls else None
    run_simple("127.0.0.1", args.port, app, ssl_context=context)


if __name__ == "__main__":
    main()
