import tempfile

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return folder


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, open("log.txt", "w"):
        print(f"files are in {folder}")
        app.run()
