from flask import Flask

app = Flask(__name__)


def pick(candidate):
    return candidate + 1


@app.route("/")
def index():
    return "picked"


if __name__ == "__main__":
    app.config["PICKED"] = pick(1)
    port = 5000
    port = pick(port)
    app.run(port=port)
