import jinja2
import markupsafe
import os
from flask import Flask, request
from markupsafe import Markup, escape
from flask_login import LoginManager
from werkzeug.utils import secure_filename

import news
import shop

app = Flask(__name__)
manager = LoginManager(app)


@app.route("/<name>")
def index(name):
    line = markupsafe.Markup("<b>%s</b>") % escape(name)
    return Markup("<p>") + line + secure_filename(name) + request.path + os.environ.get("FLASK_ENV", "production")


if __name__ == "__main__":
    app.run()
