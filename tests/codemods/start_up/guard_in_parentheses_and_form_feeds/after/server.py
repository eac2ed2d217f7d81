# A start-up hook for
# everyone.
import functools

from flask import Flask

app = Flask(__name__)
state = {}


@app.route("/")
def index():
    return state


# --- main -------------------------------------------------------


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    # Fill it.
    state["a"] = 1

    state["b"] = 2  # too


if (
    "__main__"  # the running program
    == __name__
):  # and nobody else
    init_app()
    app.run()
