import sys

from flask import Flask

app = Flask(__name__)
open_files = [open(__file__)]


@app.route("/")
def index():
    return "open"


if __name__ == "__main__":
    app.run()
    for file in open_files:
        file.close()
    open_files = None
    print("closed")
    sys.exit(1)
    print("never")
