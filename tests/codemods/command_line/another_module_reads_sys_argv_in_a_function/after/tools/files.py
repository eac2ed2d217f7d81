import os
import pathlib
import shlex
import sys


def command_line():
    """The script's own command line, or FLASK_ARGS where a server imports it."""
    folder = pathlib.Path(__file__).resolve().parents[1]
    program = getattr(sys.modules["__main__"], "__file__", None) or sys.argv[0]
    if __name__ == "__main__" or pathlib.Path(program).resolve().parent == folder:
        return sys.argv
    return [str(folder / "server.py"), *shlex.split(os.environ.get("FLASK_ARGS", ""))]


def names():
    return [name for name in command_line()[1:] if not name.startswith("-")]


def unused():
    return sys.argv


def main():
    print(sys.argv)


if __name__ == "__main__":
    main()
