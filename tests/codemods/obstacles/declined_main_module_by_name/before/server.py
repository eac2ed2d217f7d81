from flask import Flask

app = Flask(__name__)


JOBS = [{"func": "__main__:job"}]


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    app.run()
