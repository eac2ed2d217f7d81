"""Virtual environments with the libraries that scripts use, on old and new Flasks.

Each is made once, in the checkout, by pip; uncork is installed in none of them:
that is how an app's own environment looks.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = {
    "flask-3": (
        "flask>=3.1",
        "dash>=3",
        "cheroot",
        "gevent",
        "eventlet",
        "tornado",
        "gunicorn>=23",
        "granian>=2.5",
        "flask-socketio>=5.5",
        "flask-sock",
        "simple-websocket",
        "websocket-client",
        "requests",
    ),
    "servers": (
        "flask>=3.1",
        "dash>=4",
        "waitress>=3.0.1,<3.1",
        "cheroot",
        "cherrypy",
        "prometheus-client",
        "prometheus-flask-exporter",
        "python-dotenv",
        "quart",
        "fastapi",
        "uvicorn",
        "hypercorn",
        "connexion[flask,uvicorn]>=3",
        "asgiref",
        "a2wsgi",
    ),
    "bjoern": ("flask>=3.1", "bjoern"),
    "flask-2.2": (
        "flask==2.2.*",
        "werkzeug==2.2.*",
        "dash==2.9.*",
        "flask-socketio>=5.5",
        "simple-websocket",
        "websocket-client",
        "requests",
        "gunicorn>=23",
    ),
    "flask-1.1": (
        "flask==1.1.*",
        "werkzeug==1.0.*",
        "jinja2<3.1",
        "markupsafe<2.1",
        "itsdangerous<2.1",
        "click<8.1",
        "flask-script",
        "flask-socketio==4.3.*",
        "python-socketio==4.6.*",
        "python-engineio==3.14.*",
        "requests",
        "websocket-client",
        "dash==1.21.*",
        "setuptools<81",
    ),
    "benchmarks": (
        "flask>=3.1",
        "waitress>=3.0.1,<3.1",
        "gunicorn>=23",
        "granian>=2.5",
    ),
}
"""What each holds: the newest Flask, the oldest that Dash 2 and today's SocketIO share, and 1.1;
and the servers that the benchmarks compare."""


@functools.cache
def interpreter(name: str) -> str:
    """The interpreter of one of `ENVIRONMENTS`, which is made first where it is missing.

    Raises:
        CalledProcessError: pip could not install it.
    """
    requirements = ENVIRONMENTS[name]
    folder = ROOT / f".venv-tests-{name}"
    stamp = folder / "stamp"
    wanted = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()
    with (ROOT / f".venv-tests-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            _make(folder, requirements)
            stamp.write_text(wanted)
    return str(folder / "bin" / "python")


def _make(folder: Path, requirements: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-qq", "--root-user-action=ignore", *requirements], check=True)
