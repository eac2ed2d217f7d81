import jinja2
from flask import Flask, Markup, escape, request
from flask.ext.login import LoginManager
from werkzeug import secure_filename

import news
import shop

app = Flask(__name__)
manager = LoginManager(app)


@app.route("/<name>")
def index(name):
    line = jinja2.Markup("<b>%s</b>") % escape(name)
    return Markup("<p>") + line + secure_filename(name) + request.path + app.env


if __name__ == "__main__":
    app.run()
