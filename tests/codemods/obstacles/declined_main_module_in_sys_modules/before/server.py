from flask import Flask

import jobs

app = Flask(__name__)


@app.route("/")
def index():
    return jobs.name()


if __name__ == "__main__":
    app.run()
