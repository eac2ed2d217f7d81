import argparse
import functools
import os
import shlex
import sys

from flask import Flask

app = Flask(__name__)


def command_line():
    """The script's own command line, or FLASK_ARGS where a server imports it."""
    program = getattr(sys.modules["__main__"], "__file__", None) or ""
    is_program = __name__ in ("__main__", "__mp_main__")  # the latter in spawned children
    if is_program or os.path.realpath(program) == os.path.realpath(__file__):
        return sys.argv[1:]
    return shlex.split(os.environ.get("FLASK_ARGS", ""))


def parse():
    parser = argparse.ArgumentParser(prog="server.py")
    parser.add_argument("--model", choices=["a", "b"])
    return parser.parse_args(command_line())


@app.route("/")
def index():
    return parse().model


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global args

    args = parse()
    app.config["MODEL"] = args.model


if __name__ == "__main__":
    init_app()
    app.run()
