from flask import Flask
from werkzeug.serving import is_running_from_reloader

app = Flask(__name__)
jobs = []


def start():
    if not is_running_from_reloader():
        return
    jobs.append("tick")


if __name__ == "__main__":
    start()
    app.run(debug=True)
