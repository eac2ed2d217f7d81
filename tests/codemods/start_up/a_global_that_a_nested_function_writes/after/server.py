import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "counted"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global count, n

    n = 0

    def count():
        global n
        n += 1
        return n

    app.before_request(lambda: print(count()))


if __name__ == "__main__":
    init_app()
    app.run()
