import functools
import getopt
import os
import shlex
import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return title


def command_line():
    """The script's own command line, or FLASK_ARGS where a server imports it."""
    program = getattr(sys.modules["__main__"], "__file__", None) or ""
    is_program = __name__ in ("__main__", "__mp_main__")  # the latter in spawned children
    if is_program or os.path.realpath(program) == os.path.realpath(__file__):
        return sys.argv
    return [__file__, *shlex.split(os.environ.get("FLASK_ARGS", ""))]


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global options, rest, title

    title = "none"
    options, rest = getopt.getopt(command_line()[1:], "t:")
    for name, value in options:
        if name == "-t":
            title = value


if __name__ == "__main__":
    init_app()
    app.run()
