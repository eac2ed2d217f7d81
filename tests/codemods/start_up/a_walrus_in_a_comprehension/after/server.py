import functools

from flask import Flask

app = Flask(__name__)
names = []


@app.route("/")
def index():
    return f"{last} of {names}"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global last

    names.extend(last for line in open("names.txt") if (last := line.strip()))
    app.config.update(TITLE=f"up to {last}")


if __name__ == "__main__":
    init_app()
    app.run()
