import os

from flask import Flask, jsonify

from ticker import Ticker


class Config:
    JOBS = [{"id": "one", "func": "__main__:job1", "args": (1, 2)}]


app = Flask(__name__)
ticker = Ticker()
done = []


def job1(a, b):
    done.append(a + b)
    return len(done)


@app.route("/")
def index():
    return jsonify(ticked=ticker.tick(), done=done)


if __name__ == "__main__":
    app.config.from_object(Config())
    ticker.init_app(app)
    app.run(port=int(os.environ["PORT"]))
