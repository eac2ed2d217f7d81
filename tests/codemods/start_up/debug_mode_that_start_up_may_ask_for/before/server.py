from flask import Flask
from flask_debugtoolbar import DebugToolbarExtension

app = Flask(__name__)


def load_key():
    return "not telling"


if __name__ == "__main__":
    app.config["SECRET_KEY"] = load_key()
    app.debug = True
    DebugToolbarExtension(app)
    app.run()
