import argparse
import os
import pathlib
import shlex
import sys


def join(found):
    return " ".join(found)


def command_line():
    """The script's own command line, or FLASK_ARGS where a server imports it."""
    folder = pathlib.Path(__file__).resolve().parents[1]
    program = getattr(sys.modules["__main__"], "__file__", None) or sys.argv[0]
    if __name__ == "__main__" or pathlib.Path(program).resolve().parent == folder:
        return sys.argv[1:]
    return shlex.split(os.environ.get("FLASK_ARGS", ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="+")
    args = parser.parse_args(command_line())
    print(join(args.words))


if __name__ == "__main__":
    main()
