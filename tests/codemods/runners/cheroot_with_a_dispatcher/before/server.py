from cheroot.wsgi import PathInfoDispatcher, Server
from flask import Flask

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    table["answer"] = 42
    dispatcher = PathInfoDispatcher({"/": app})
    server = Server(("0.0.0.0", 5000), dispatcher)
    server.start()
