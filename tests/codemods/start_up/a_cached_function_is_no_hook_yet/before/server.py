import functools

from flask import Flask

app = Flask(__name__)


@functools.lru_cache(maxsize=1)
def model():
    return {"pear": 3}


@app.route("/")
def index():
    return model()


if __name__ == "__main__":
    model()  # warm
    app.extensions["prices"] = model()
    app.run()
    model.cache_clear()
