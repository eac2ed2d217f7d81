import os

from flask import Flask
from flask_socketio import SocketIO

app = Flask(__name__)
socketio = SocketIO(app, async_mode=os.environ["MODE"])


if __name__ == "__main__":
    socketio.run(app)
