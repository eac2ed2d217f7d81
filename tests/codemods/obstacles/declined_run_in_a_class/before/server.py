from flask import Flask


class Server:
    def __init__(self):
        self.app = Flask(__name__)

    def start(self):
        self.app.run(port=5000)


if __name__ == "__main__":
    Server().start()
