"""Tells what its process may do."""

import os
import sqlite3
import threading
import time
from pathlib import Path

from flask import Flask, request

app = Flask(__name__)
running = []
database = Path(__file__).with_name("probe.db")


@app.route("/")
def index():
    return {"pid": os.getpid(), "user": os.getuid(), "argv": __import__("sys").argv}


@app.route("/slow")
def slow():
    running.append(1)
    time.sleep(float(request.args["seconds"]))
    running.pop()
    return "slow"


@app.route("/busy")
def busy():
    return {"running": len(running)}


@app.route("/crash")
def crash():
    threading.Timer(0, os._exit, [3]).start()
    return "crashing"


@app.route("/write")
def write():
    """Whether a file can be made at a path."""
    path = Path(request.args["path"])
    try:
        path.write_text("written")
        path.unlink()
    except OSError as error:
        return {"written": False, "error": type(error).__name__, "errno": error.errno}
    return {"written": True}


@app.route("/read")
def read():
    try:
        return {"content": Path(request.args["path"]).read_text()}
    except OSError as error:
        return {"content": None, "error": type(error).__name__}


@app.route("/visit")
def visit():
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS visits (at REAL)")
        connection.execute("INSERT INTO visits VALUES (?)", (time.time(),))
        return {"visits": connection.execute("SELECT count(*) FROM visits").fetchone()[0]}


@app.route("/process")
def process():
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {"status": status, "environment": dict(os.environ)}


@app.route("/forbidden")
def forbidden():
    """A system call of @privileged, one of @resources, and a new namespace."""
    tried = {}
    for name, call in {
        "chroot": lambda: os.chroot("/"),
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, 5),
        "namespace": _unshare,
    }.items():
        try:
            call()
        except OSError as error:
            tried[name] = type(error).__name__
        else:
            tried[name] = "allowed"
    return tried


def _unshare():
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


if __name__ == "__main__":
    app.run(port=5400)
