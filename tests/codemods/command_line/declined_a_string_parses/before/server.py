import argparse

from flask import Flask

app = Flask(__name__)
parser = argparse.ArgumentParser()
parser.add_argument("--title")
TITLE = f"{parser.parse_args()}"


@app.route("/")
def index():
    return TITLE


if __name__ == "__main__":
    app.run()
