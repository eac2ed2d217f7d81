import argparse

from flask import Flask, render_template

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/<name>")
def index(name):
    greeting = app.config["GREETING"]
    return render_template("index.html", **locals())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--greeting", default=app.config["GREETING"])
    args = parser.parse_args()
    app.config.update(GREETING=args.greeting)
    app.run()
