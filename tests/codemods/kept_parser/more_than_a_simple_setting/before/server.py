import argparse

from flask import Flask

app = Flask(__name__)


def directory(text):
    return text.rstrip("/")


@app.route("/")
def index():
    return str([args.model, args.names, args.mode, args.flag, args.folder, args.when, args.n, args.size])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--names", nargs="+", default=["a", "b"])
    parser.add_argument("--mode", choices=["fast", "slow"], default="fast")
    parser.add_argument("--flag", type=bool, default=False)
    parser.add_argument("--folder", type=directory, default=".")
    parser.add_argument("--when", default=directory("now"))
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--size", type=int)
    args = parser.parse_args()
    app.run()
