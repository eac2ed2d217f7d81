import functools
import threading
import webbrowser

from flask import Flask

app = Flask(__name__)
PORT = 5000
visits = {}


def open_browser():
    webbrowser.open_new(f"http://127.0.0.1:{PORT}/")


def say_hello():
    """Only talks."""
    url = f"http://127.0.0.1:{PORT}/"
    if PORT != 80:
        print("See", url)


@app.route("/")
def index():
    return visits


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    visits["first"] = 1


if __name__ == "__main__":
    say_hello()
    init_app()
    threading.Timer(1.25, open_browser).start()
    threading.Thread(target=say_hello).start()
    app.run(port=PORT)
