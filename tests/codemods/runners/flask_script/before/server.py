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


if __name__ == "__main__":
    manager.add_command("runserver", Server(port=5001))
    prices["tea"] = 3
    manager.run()
