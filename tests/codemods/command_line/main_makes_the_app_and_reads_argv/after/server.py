import functools
import os
import shlex
import sys

from flask import Flask


def command_line():
    """The script's own command line, or FLASK_ARGS where a server imports it."""
    program = getattr(sys.modules["__main__"], "__file__", None) or ""
    is_program = __name__ in ("__main__", "__mp_main__")  # the latter in spawned children
    if is_program or os.path.realpath(program) == os.path.realpath(__file__):
        return sys.argv
    return [__file__, *shlex.split(os.environ.get("FLASK_ARGS", ""))]


def chosen():
    return command_line()[2:]


@functools.cache
def make_app():
    """Make the app and what it needs, once in each process."""
    app = Flask(__name__)
    greeting = command_line()[1] if len(command_line()) > 1 else "Hello"

    @app.route("/")
    def index():
        return f"{greeting} {chosen()}"

    return app


def main():
    app = make_app()

    app.run()


if __name__ == "__main__":
    main()
