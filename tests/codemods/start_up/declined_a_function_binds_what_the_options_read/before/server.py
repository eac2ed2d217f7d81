import argparse

from flask import Flask

app = Flask(__name__)
port = 5000


def find_port():
    global port
    port += 1


@app.route("/")
def index():
    return "found"


if __name__ == "__main__":
    find_port()
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=port)
    args = parser.parse_args()
    app.run(port=args.port)
