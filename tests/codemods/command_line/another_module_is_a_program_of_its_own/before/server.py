from flask import Flask
from tools import words

app = Flask(__name__)


@app.route("/")
def index():
    return words.join(["up"])


def main():
    app.run()


if __name__ == "__main__":
    main()
