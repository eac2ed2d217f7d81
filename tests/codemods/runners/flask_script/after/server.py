import functools

from flask import Flask
from flask_script import Manager, Server

app = Flask(__name__)
manager = Manager(app)
prices = {}


@app.route("/")
def index():
    return prices


@manager.command
def show():
    print(prices)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    prices["tea"] = 3


if __name__ == "__main__":
    manager.add_command("runserver", Server(port=5001))
    init_app()
    manager.run()
