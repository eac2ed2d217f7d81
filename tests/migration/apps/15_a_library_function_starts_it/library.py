from flask import Flask, jsonify
from waitress import serve


class Model:
    def __init__(self, size):
        self.size = size

    def answer(self, text):
        return text[: self.size]


def start(config, host, port):
    app = Flask(__name__)
    model = Model(config["size"])

    @app.route("/cut/<text>")
    def cut(text):
        return jsonify(model.answer(text))

    if config["debug"]:
        app.run(host=host, port=port)
    else:
        serve(app, host=host, port=port)
