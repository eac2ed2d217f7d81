import sys

from flask import Flask

app = Flask(__name__)


def port():
    return int(sys.argv[1])


if __name__ == "__main__":
    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    app.run(host, port())
