from flask import Blueprint

profile = Blueprint("profile", __name__)
