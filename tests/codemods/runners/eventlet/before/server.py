import eventlet
import eventlet.wsgi
from flask import Flask

app = Flask(__name__)
started = []


@app.route("/")
def index():
    return f"{len(started)}"


if __name__ == "__main__":
    started.append("now")
    sock = eventlet.listen(("127.0.0.1", 8090))
    eventlet.wsgi.server(sock, app)
