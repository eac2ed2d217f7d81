import threading
from threading import Thread

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

app = Flask(__name__)
stop = threading.Event()


class Worker(Thread):
    def __init__(self):
        super().__init__(daemon=True)


class Older(Thread):
    def __init__(self):
        Thread.__init__(self)
        self.setDaemon(True)


class Plain(Thread):
    pass


@app.route("/")
def index():
    return str(stop.is_set())


if __name__ == "__main__":
    threading.Timer(1, lambda: print("open the browser")).start()
    first = threading.Thread(target=stop.wait)
    first.daemon = True
    first.start()
    second = Thread(target=stop.wait)
    second.setDaemon(True)
    second.start()
    third = Plain()
    third.daemon = True
    third.start()
    Worker().start()
    Older().start()
    scheduler = BackgroundScheduler()
    scheduler.start()
    app.run()
    stop.set()
    scheduler.shutdown()
