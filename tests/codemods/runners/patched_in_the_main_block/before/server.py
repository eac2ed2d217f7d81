from flask import Flask

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    from gevent import monkey
    from gevent.pywsgi import WSGIServer

    monkey.patch_all()
    table["answer"] = 42
    WSGIServer(("127.0.0.1", 5000), app).serve_forever()
