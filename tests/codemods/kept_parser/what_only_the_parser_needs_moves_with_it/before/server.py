from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return str(args["loud"])


if __name__ == "__main__":
    import argparse
    import os

    def truth(text):
        return text.lower() in ("yes", "true")

    default = os.environ.get("LOUD", "no")

    parser = argparse.ArgumentParser()
    parser.add_argument("--loud", type=truth, default=default)
    args = vars(parser.parse_args())

    app.run()
