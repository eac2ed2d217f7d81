from flask import Flask
from kitchen import functools, open_kitchen

app = Flask(__name__)
kitchen = None


@app.route("/")
def index():
    return kitchen.serve(functools)


if __name__ == "__main__":
    kitchen = open_kitchen()
    app.run()
