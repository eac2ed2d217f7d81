import functools

from flask import Flask

app = Flask(__name__)
pool = []


@app.route("/")
def index():
    return {"pool": pool}


@functools.cache
def start():
    if pool:
        return
    pool.append("one")


if __name__ == "__main__":
    start()
    app.run()
    pool.clear()
