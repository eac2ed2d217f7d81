import atexit
import functools

from flask import Flask

from pumps import start_pump

app = Flask(__name__)


@app.route("/")
def index():
    return str(pump.pressure)


def close_app():
    """Undo what the start-up did, when the process ends."""
    pump.stop()
    print(f"The pump stopped at {pump.pressure}.")


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global pump

    pump = start_pump()
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
    print("Good night.")
