from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    from gevent import pywsgi

    pywsgi.WSGIServer(("", 5000), application=app, log=None).serve_forever()
