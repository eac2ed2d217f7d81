import os

from flask import Flask

app = Flask(__name__)
app.debug = True
jobs = []
is_child = os.environ.get("WERKZEUG_RUN_MAIN") == "true"


def start():
    jobs.append("tick")


if __name__ == "__main__":
    if not app.debug or os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        start()
    if jobs and os.getenv("WERKZEUG_RUN_MAIN"):
        start()
    app.run()
