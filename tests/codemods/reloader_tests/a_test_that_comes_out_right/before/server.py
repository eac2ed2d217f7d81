import os

from flask import Flask

app = Flask(__name__)


def start():
    app.config["STARTED"] = True


if __name__ == "__main__":
    if not app.debug or os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        start()
    app.run(debug=True)
