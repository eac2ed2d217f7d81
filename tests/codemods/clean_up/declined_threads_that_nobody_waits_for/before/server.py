import threading

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

app = Flask(__name__)
stop = threading.Event()


class Worker(threading.Thread):
    def run(self):
        stop.wait()


class Other(threading.Thread):
    def __init__(self):
        super().__init__()
        self.daemon = False


@app.route("/")
def index():
    threading.Thread(target=stop.wait).start()
    return "hello"


if __name__ == "__main__":
    thread = threading.Thread(target=stop.wait, daemon=False)
    thread.start()
    scheduler = BackgroundScheduler(daemon=False)
    scheduler.start()
    late = threading.Thread(target=stop.wait)
    late.start()
    late.daemon = True
    Worker().start()
    Other().start()
    app.run()
    stop.set()
    thread.join()
