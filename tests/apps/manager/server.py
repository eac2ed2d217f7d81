import multiprocessing
import os
import sys

from flask import Flask, jsonify

app = Flask(__name__)


def report(count):
    sys.stdout.write(f"The manager had {count} entries.\n")
    sys.stdout.flush()


@app.route("/")
def index():
    return jsonify(sorted(shared.items()))


@app.route("/add/<name>")
def add(name):
    shared[name] = len(shared)
    return jsonify(len(shared))


if __name__ == "__main__":
    manager = multiprocessing.Manager()
    shared = manager.dict(first=0)
    app.run(port=int(os.environ["PORT"]))
    report(len(shared))
    manager.shutdown()
