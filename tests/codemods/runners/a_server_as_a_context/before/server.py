from wsgiref import simple_server

from flask import Flask

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    table["answer"] = 42
    with simple_server.make_server("127.0.0.1", 5000, app) as server:
        print("serving on port", 5000)
        server.serve_forever()
