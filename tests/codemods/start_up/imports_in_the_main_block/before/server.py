from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return str(math.pi)


if __name__ == "__main__":
    import logging
    import math
    import os

    from waitress import serve

    import routes
    import tasks

    logging.basicConfig(level=logging.INFO)
    tasks.start()
    serve(app, port=int(os.environ.get("PORT", "8000")))
