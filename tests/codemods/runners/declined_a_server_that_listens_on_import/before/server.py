from flask import Flask
from werkzeug.serving import make_server

app = Flask(__name__)
server = make_server("127.0.0.1", 5000, app)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    server.serve_forever()
