import argparse
import os
import pathlib
import shlex
import sys


def command_line():
    """The script's own command line, or FLASK_ARGS where a server imports it."""
    folder = pathlib.Path(__file__).resolve().parent
    program = getattr(sys.modules["__main__"], "__file__", None) or sys.argv[0]
    if __name__ == "__main__" or pathlib.Path(program).resolve().parent == folder:
        return sys.argv[1:]
    return shlex.split(os.environ.get("FLASK_ARGS", ""))


parser = argparse.ArgumentParser()
parser.add_argument("--model", default="a")
args = parser.parse_args(command_line())
