import argparse
from flask import Flask

app = Flask(__name__); app.secret_key = "no secret"


@app.route("/")
def index():
    return args.sign


if __name__ == "__main__":
    parser = argparse.ArgumentParser(); parser.add_argument("--sign", default="!")
    args = parser.parse_args(); app.run()
