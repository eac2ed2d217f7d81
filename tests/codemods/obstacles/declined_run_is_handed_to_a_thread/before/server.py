import threading

from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    threading.Thread(target=app.run, kwargs={"port": 5001}, daemon=True).start()
    app.run()
