import argparse

from flask import Flask

app = Flask(__name__)
app.config["LIMIT"] = 5


@app.route("/")
def index():
    return str(app.config["LIMIT"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=10)
    args = parser.parse_args()
    app.config["LIMIT"] = args.limit
    app.run()
