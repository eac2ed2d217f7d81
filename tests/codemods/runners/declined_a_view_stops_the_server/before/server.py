from flask import Flask
from gevent.pywsgi import WSGIServer

app = Flask(__name__)


@app.route("/stop")
def stop():
    server.stop()
    return "bye"


if __name__ == "__main__":
    server = WSGIServer(("127.0.0.1", 5000), app)
    server.serve_forever()
