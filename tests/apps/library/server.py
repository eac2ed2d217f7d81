import argparse
import files
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "%s: %s" % (files.directory, app.config["TITLE"])


@app.before_request
def count():
    files.count += 1


@app.route("/count")
def counted():
    return str(files.count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Shows files.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--files-dir", dest="directory", default="files", help="where they are")
    parser.add_argument("--title", default="Files")
    parser.add_argument("--count-from", type=int, default=0)
    args = parser.parse_args()
    app.config["TITLE"] = args.title
    files.directory = args.directory
    files.count = args.count_from
    app.run(args.host, args.port)
    files.close()
