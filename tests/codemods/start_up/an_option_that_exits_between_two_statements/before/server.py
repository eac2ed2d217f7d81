import argparse
import sys

from flask import Flask

app = Flask(__name__)
log = []


@app.route("/")
def index():
    return {"log": log}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="stop before the work begins")
    args = parser.parse_args()
    log.append("checked")
    if args.check:
        print("all is well")
        sys.exit()
    log.append("working")
    app.run()
