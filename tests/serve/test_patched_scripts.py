"""Scripts that monkey-patch the standard library, and then run their app without its server."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import waitress
from tests.environments import interpreter
from tests.serve.conftest import MAIN, in_background, wait_until

if TYPE_CHECKING:
    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process

PATCHES = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": "import eventlet; eventlet.monkey_patch()",
}
APP = """
import os, time
from flask import Flask, request

app = Flask(__name__)

@app.route("/", methods=["GET", "POST"])
def index():
    return str(len(request.get_data()))

@app.route("/held/<name>")
def held(name):
    print("held", name)
    while not os.path.exists("gate"):
        time.sleep(0.01)
    return "let go " + name

if __name__ == "__main__":
    app.run(port=0)
    print("behind run")
"""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", PATCHES)
def test_an_app_whose_threads_are_greenlets_is_served_and_drained(
    serve: Serve, write: Write, tmp_path: Path, library: str
) -> None:
    name = write(f"{PATCHES[library]}\n{APP}")
    folder = str(Path(waitress.__file__).parents[1])
    command = (interpreter("flask-3"), "-W", "ignore", str(MAIN), "--waitress", folder)
    server = serve(name, command=command)
    assert server.get().text == "0"
    connection = server.connect()
    connection.request("POST", "/", body=b"x" * 1_000_000)
    assert connection.getresponse().read() == b"1000000"
    connection.close()
    held = [in_background(server.get, f"/held/{number}") for number in range(4)]
    wait_until(lambda: server.output.count("held ") == 4, "all run at once")
    server.send(signal.SIGTERM)
    server.wait_for("4 requests to finish")
    (tmp_path / "gate").touch()
    assert sorted(each.result().text for each in held) == [f"let go {n}" for n in range(4)]
    assert server.wait() == 0
    assert server.lines[-1] == "behind run"
