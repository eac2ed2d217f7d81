import multiprocessing
import os
import time

from flask import Flask, jsonify

app = Flask(__name__)


def count(shared, steps):
    for number in range(1, steps + 1):
        shared["count"] = number
    shared["done"] = True
    time.sleep(600)


@app.route("/")
def index():
    while not shared.get("done"):
        time.sleep(0.01)
    return jsonify(count=shared["count"], alive=process.is_alive())


if __name__ == "__main__":
    manager = multiprocessing.Manager()
    shared = manager.dict()
    process = multiprocessing.Process(
        target=count, args=(shared, int(os.environ.get("STEPS", "3"))), daemon=True
    )
    process.start()
    try:
        app.run(port=int(os.environ["PORT"]))
    except KeyboardInterrupt:
        pass
    finally:
        process.terminate()
        process.join()
        print(f"The process ended: {process.exitcode}.", flush=True)
