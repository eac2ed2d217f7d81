import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("settings.py")


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="models",
        description="Models",
    )
    parser.add_argument("model")
    args = parser.parse_args()
    app.run()
