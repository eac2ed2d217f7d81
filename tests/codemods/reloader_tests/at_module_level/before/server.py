import os

from flask import Flask

app = Flask(__name__)
jobs = []

if "WERKZEUG_RUN_MAIN" in os.environ:
    jobs.append("tick")


if __name__ == "__main__":
    app.run(debug=True)
