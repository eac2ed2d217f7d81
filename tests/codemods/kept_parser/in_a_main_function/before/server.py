import argparse

from flask import Flask

app = Flask(__name__)
models = []


@app.route("/")
def index():
    return str(models)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", nargs="+")
    parser.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    models.extend(args.model)
    app.run(port=args.port)


if __name__ == "__main__":
    main()
