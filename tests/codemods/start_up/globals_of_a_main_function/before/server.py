import argparse

from flask import Flask

app = Flask(__name__)
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


def main():
    global greeter, verbose
    global port
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5300)
    args = parser.parse_args()
    greeter = Greeter()
    port = args.port
    serve()


if __name__ == "__main__":
    main()
