import threading

from flask import Flask

app = Flask(__name__)
stop = threading.Event()


@app.route("/")
def index():
    return str(stop.is_set())


if __name__ == "__main__":
    threading.Thread(target=stop.wait, daemon=True).start()
    app.run()
    stop.set()
