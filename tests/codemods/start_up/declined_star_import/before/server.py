from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    from os.path import *
    app.config['ROOT'] = abspath('.')
    app.run()
