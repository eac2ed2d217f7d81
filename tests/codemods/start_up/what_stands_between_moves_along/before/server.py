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


if __name__ == "__main__":
    first = start(1)
    count = len(jobs)  # one, at this point
    port = int(os.environ.get("PORT", 5000))
    port_of_the_other = 5001
    start(2)
    print(f"{count} before, {len(jobs)} now")
    app.run(port=port + count)
