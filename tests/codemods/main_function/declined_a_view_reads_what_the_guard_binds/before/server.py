import os

from flask import Flask

app = Flask(__name__)
shelf = []


@app.route("/")
def index():
    return folder


def main(folder):
    shelf.extend(os.listdir(folder))
    app.run()


if __name__ == "__main__":
    folder = os.environ.get("FOLDER", "shelf")
    os.makedirs(folder)
    main(folder)
