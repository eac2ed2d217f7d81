import multiprocessing

from flask import Flask

app = Flask(__name__)
worker = None


def work():
    while True:
        pass


@app.route("/")
def index():
    return str(worker.is_alive())


if __name__ == "__main__":
    worker = multiprocessing.Process(target=work, daemon=True)
    worker.start()
    app.run()
