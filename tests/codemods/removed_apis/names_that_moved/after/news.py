"""The news."""

from flask import (
    Blueprint,
    Markup as Html,  # what is safe
    url_for,
    escape,
)

blueprint = Blueprint("news", __name__)


@blueprint.route("/news")
def show():
    return Html("<a href=%s>") % escape(url_for("index"))
