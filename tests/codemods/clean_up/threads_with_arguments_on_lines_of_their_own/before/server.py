import threading

from flask import Flask

app = Flask(__name__)
stop = threading.Event()


@app.route("/")
def index():
    return str(stop.is_set())


def end():
    stop.set()
    app.worker.join()


if __name__ == "__main__":
    app.worker = threading.Thread(
        target=stop.wait,
        name="worker",
    )
    app.worker.start()
    app.run()
    end()
