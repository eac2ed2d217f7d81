# -*- coding: latin-1 -*-
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return table + "é"


if __name__ == "__main__":
    table = "à" + open("table").read()  # ü
    app.run()
