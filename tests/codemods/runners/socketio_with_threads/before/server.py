import argparse

from flask import Flask
from flask_socketio import SocketIO, emit

app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading")
greetings = {}


@socketio.on("greet")
def greet(name):
    emit("greeting", f"{greetings['en']}, {name}{args.end}")


def count():
    while True:
        socketio.sleep(1)
        socketio.emit("tick")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--end", default="!", help="what a greeting ends with")
    args = parser.parse_args()
    greetings["en"] = "hello"
    socketio.start_background_task(count)
    socketio.run(app, host="127.0.0.1", port=args.port, allow_unsafe_werkzeug=True)
