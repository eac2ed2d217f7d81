import functools
import optparse
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return f"{options.title} {files}"


def make_parser():
    """The parser of the script's options."""
    parser = optparse.OptionParser(prog="server.py")
    parser.add_option("-t", "--title", default="Guests")
    parser.add_option("-p", "--port", type="int", default=5000)
    return parser


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global files, options

    (options, files) = make_parser().parse_args(app.config["ARGS"])


if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    app.run(port=options.port)
