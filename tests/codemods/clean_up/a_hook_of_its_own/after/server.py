import atexit
from functools import lru_cache

from flask import Flask

app = Flask(__name__)
pool = []


@app.route("/")
def index():
    return {"pool": pool}


@lru_cache(maxsize=None)
def start():
    pool.append("one")
    atexit.register(pool.clear)


if __name__ == "__main__":
    start()
    app.run()
