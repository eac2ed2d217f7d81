import argparse
import functools

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")
greeter = None
verbose = False
port = 80


class Greeter:
    def greet(self):
        return "hello"


@app.route("/")
def index():
    return greeter.greet()


def log(text):
    if verbose:
        print(text)


def serve():
    log("starting")
    app.run(port=port)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global greeter, port

    greeter = Greeter()
    port = app.config["PORT"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=app.config["PORT"])
    args = parser.parse_args()
    app.config.update(PORT=args.port)
    init_app()
    serve()


if __name__ == "__main__":
    main()
