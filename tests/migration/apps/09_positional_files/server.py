import argparse
import getpass
import os
import threading
import webbrowser

from flask import Flask, jsonify

app = Flask(__name__)
lines = None
secret = None


def initialize_app(files):
    global lines
    lines = []
    for name in files:
        with open(name) as file:
            lines += file.read().splitlines()


def open_browser(url):
    webbrowser.open(url)


@app.route("/")
def index():
    return jsonify(lines)


@app.route("/secret")
def show_secret():
    return jsonify(len(secret))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", help="what is shown")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--ssl", action="store_true")
    parser.add_argument("--browser", action="store_true")
    args = parser.parse_args()
    initialize_app(args.files)
    secret = os.environ.get("SECRET") or getpass.getpass("Secret: ")
    kwargs = {"port": args.port}
    if args.ssl:
        kwargs["ssl_context"] = "adhoc"
    if args.browser:
        threading.Thread(target=open_browser, args=(f"http://127.0.0.1:{args.port}",)).start()
    app.run(**kwargs)
