from flask import Flask
from flask_socketio import SocketIO

app = Flask(__name__)
sio = SocketIO()
sio.init_app(app, async_mode="gevent")


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    sio.run(app)
