import argparse

import library
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return library.title()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files-dir", default="files")
    parser.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    library.files_dir = args.files_dir
    app.run("0.0.0.0", args.port)
