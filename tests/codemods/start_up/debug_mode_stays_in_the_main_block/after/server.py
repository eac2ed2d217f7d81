import functools

from flask import Flask

app = Flask(__name__)
prices = None


def load_prices():
    return {"tea": 3}


@app.route("/")
def index():
    return str(prices)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global prices

    prices = load_prices()


if __name__ == "__main__":
    app.debug = True
    init_app()
    app.config["DEBUG"] = True
    app.run()
