from flask import Blueprint

blueprint = Blueprint("front", __name__)
