import threading

from flask import Flask

app = Flask(__name__)


stop = threading.Event()


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    thread = threading.Thread(target=stop.wait)
    thread.start()
    app.run()
    stop.set()
    thread.join()
