# Shows models.
import argparse
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


# The options.
parser = argparse.ArgumentParser(prog="server.py", description="Models")
parser.add_argument("--list", action="store_true")
parser.add_argument("--model", choices=["a", "b"], default="a")
parser.add_argument("--port", type=int, default=5000)
args = parser.parse_args(command_line())
if args.list:
    print("a, b")
    sys.exit()
args.model = args.model.upper()


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    app.run(port=args.port)
