from flask import jsonify

from shop import app

# What it does when it is imported depends on what stands there by then.
PREFIX = app.config["prefix"]


@app.route(f"/{PREFIX}/name")
def name():
    return jsonify(name=app.config["name"], loud=app.config["args"].loud)
