import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("my_server_settings.py")


@app.route("/")
def index():
    return app.config["SIGN"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sign", default=app.config["SIGN"])
    args = parser.parse_args()
    app.config.update(SIGN=args.sign)
    app.run()
