from flask_socketio import SocketIO
from flask import Flask

app = Flask(__name__)


socketio = SocketIO(app)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    socketio.run(app)
