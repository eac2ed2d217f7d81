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


if __name__ == "__main__":
    say_hello()
    visits["first"] = 1
    threading.Timer(1.25, open_browser).start()
    threading.Thread(target=say_hello).start()
    app.run(port=PORT)
