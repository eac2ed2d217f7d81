import argparse
import functools

from flask import Flask
from flask_socketio import SocketIO, emit

app = Flask(__name__)
app.config.from_pyfile("config.py")
socketio = SocketIO(app, async_mode="threading")
greetings = {}


@socketio.on("greet")
def greet(name):
    emit("greeting", f"{greetings['en']}, {name}{app.config['END']}")


def count():
    while True:
        socketio.sleep(1)
        socketio.emit("tick")


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    greetings["en"] = "hello"
    socketio.start_background_task(count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--end", default=app.config["END"], help="what a greeting ends with")
    args = parser.parse_args()
    app.config.update(END=args.end)
    init_app()
    socketio.run(app, host="127.0.0.1", port=args.port, allow_unsafe_werkzeug=True)
