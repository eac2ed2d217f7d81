import argparse

from flask import Flask

app = Flask(__name__)


parser = argparse.ArgumentParser()
args = parser.parse_args()

@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    app.run()
