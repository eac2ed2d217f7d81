from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


def main(port):
    app.run(port=port)


if __name__ == "__main__":
    main(5300)
