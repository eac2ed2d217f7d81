import functools
import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global options

    options = {"port": 5000}
    if os.path.exists("cert.pem"):
        options["ssl_context"] = ("cert.pem", "key.pem")


if __name__ == "__main__":
    init_app()
    app.run(**options)
