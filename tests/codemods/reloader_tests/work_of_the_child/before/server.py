import os

from flask import Flask

app = Flask(__name__)
jobs = []


def start():
    if os.environ.get("WERKZEUG_RUN_MAIN") != "true" or not jobs:
        print("nothing to do here")
    jobs.append("tick")


if __name__ == "__main__":
    # The parent only watches files.
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        start()
    jobs.append("tock")
    app.run(debug=True)
