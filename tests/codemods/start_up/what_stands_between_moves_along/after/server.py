import functools
import os

from flask import Flask

app = Flask(__name__)
jobs = []


def start(number):
    jobs.append(number)
    return len(jobs)


@app.route("/")
def index():
    return {"jobs": jobs}


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global count, first

    first = start(1)
    count = len(jobs)  # one, at this point
    start(2)


if __name__ == "__main__":
    init_app()
    port = int(os.environ.get("PORT", 5000))
    port_of_the_other = 5001
    print(f"{count} before, {len(jobs)} now")
    app.run(port=port + count)
