"""Refuses to start without an engine."""
import os, sys
import threading

from flask import Flask

app = Flask(__name__)


def images():
    return f"{engine} images"


def announce():
    print("Open http://127.0.0.1/ in a browser.")


@app.route("/")
def index():
    return images()


if "__main__" == __name__:
    engine = os.environ.get("ENGINE", "")
    if engine not in ("docker", "podman"):
        sys.exit("ENGINE must be docker or podman")
    options = {"port": int(os.environ.get("PORT", "5000"))}
    if os.path.exists("cert.pem"):
        options["ssl_context"] = ("cert.pem", "key.pem")
    threading.Timer(0.1, announce).start()
    app.run(**options)
