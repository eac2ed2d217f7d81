"""gevent, eventlet, tornado and gunicorn, started by the script: how the script goes on."""

from __future__ import annotations

import signal
import textwrap
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import in_background, refuses, wait_until
from tests.serve.kept_scripts import (
    PYWSGI,
    SERVERS,
    TORNADO,
    WSGI,
    ends,
    script,
    starter,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.serve.conftest import Serve, Write
    from tests.serve.kept_scripts import Start

pytestmark = pytest.mark.process


@pytest.fixture
def start(serve: Serve, write: Write) -> Start:
    """Start a script in the environment that has the libraries."""
    return starter(serve, write)


@pytest.fixture
def let_go(tmp_path: Path) -> Callable[[], None]:
    """Let all views go that wait for the gate."""
    return (tmp_path / "gate").touch


ELSEWHERE = {
    "started, and main waits": "s.start()\ngevent.event.Event().wait()",
    "started, and main sleeps": "s.start()\nwhile True: gevent.sleep(60)",
    "in a greenlet": "gevent.spawn(s.serve_forever).join()\nprint('joined')",
    "in a thread": (
        "t = threading.Thread(target=s.serve_forever)\nt.start()\nt.join()\nprint('joined')"
    ),
}


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        *(("gevent", way) for way in ELSEWHERE),
        ("gevent, not patched", "started, and main waits"),
        ("gevent, not patched", "in a thread"),
    ],
)
def test_a_gevent_server_beside_the_main_greenlet_is_drained_and_main_is_ended(
    start: Start, kind: str, way: str, let_go: Callable[[], None]
) -> None:
    made = f"import gevent, gevent.event\n{PYWSGI}s = WSGIServer(HERE, app)\n"
    if kind != "gevent" and "thread" in way:
        made = f"import gevent\n{PYWSGI}s = type('', (), {{}})\n"
        made += "s.serve_forever = lambda: WSGIServer(HERE, app).serve_forever()\n"
    server = start(script(kind, made + ELSEWHERE[way]))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("stopping, 1 request")
    let_go()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert ends(server)[-2:] == ["finally", "at exit"]
    assert ("joined" in server.lines) == ("join" in ELSEWHERE[way])
    assert "Traceback" not in server.output


def test_an_eventlet_server_beside_the_main_greenlet_is_drained_and_main_is_ended(
    start: Start, let_go: Callable[[], None]
) -> None:
    run = f"{WSGI}eventlet.spawn(wsgi.server, listen(HERE), app)\nwhile True: eventlet.sleep(60)"
    server = start(script("eventlet", run))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("stopping, 1 request")
    let_go()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert ends(server) == ["finally", "at exit"]


TWO = {
    "gevent": (
        f"{PYWSGI}other = WSGIServer(HERE, app)\nother.start()\n"
        "WSGIServer(HERE, app).serve_forever()"
    ),
    "eventlet": (
        f"{WSGI}eventlet.spawn(wsgi.server, listen(HERE), app)\nwsgi.server(listen(HERE), app)"
    ),
    "tornado": (
        f"{TORNADO}HTTPServer(container).listen(HERE[1], HERE[0])\n"
        "HTTPServer(container).listen(HERE[1], HERE[0])\nIOLoop.current().start()"
    ),
}


@pytest.mark.parametrize("kind", TWO)
def test_of_two_servers_in_one_loop_both_are_drained_before_the_script_goes_on(
    start: Start, kind: str, let_go: Callable[[], None]
) -> None:
    server = start(script(kind, TWO[kind]))
    # Its url is the first one's, which is not the one that the main greenlet runs.
    server.wait_for("uncork: serving", times=2)
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping", times=2)
    let_go()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert ends(server) == ["behind run", "finally", "at exit"]


HANDLERS = {
    "gevent": (
        "import gevent\n"
        "def stop():\n    gevent.sleep(0)\n    print('handler')\n    s.stop()\n"
        f"gevent.signal_handler(signal.SIGTERM, stop)\n{PYWSGI}"
        "s = WSGIServer(HERE, app)\ns.serve_forever()"
    ),
    "gevent, not patched": (
        "def stop(*_):\n    print('handler')\n    s.stop()\n"
        f"signal.signal(signal.SIGTERM, stop)\n{PYWSGI}s = WSGIServer(HERE, app)\ns.serve_forever()"
    ),
    "gevent, own socket": (
        "import gevent\n"
        "gevent.spawn(signal.signal, signal.SIGTERM, lambda *_: print('handler')).join()\n"
        f"{PYWSGI}WSGIServer(HERE, app).serve_forever()"
    ),
    "eventlet": (
        "signal.signal(signal.SIGTERM, lambda *_: print('handler'))\n"
        f"{WSGI}wsgi.server(listen(HERE), app)"
    ),
    "tornado": (
        f"{TORNADO}def stop():\n    print('handler')\n    IOLoop.current().stop()\n"
        "loop = IOLoop.current()\n"
        "signal.signal(signal.SIGTERM, lambda *_: loop.asyncio_loop.call_soon_threadsafe(stop))\n"
        "HTTPServer(container).listen(HERE[1], HERE[0])\nloop.start()"
    ),
    "tornado, fallback": (
        f"{TORNADO}async def main():\n"
        "    HTTPServer(container).listen(HERE[1], HERE[0])\n"
        "    done = asyncio.Event()\n"
        "    def stop():\n        print('handler')\n        done.set()\n"
        "    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)\n"
        "    await done.wait()\n"
        "asyncio.run(main())"
    ),
}


@pytest.mark.parametrize("kind", HANDLERS)
def test_the_scripts_own_handler_comes_behind_the_drain(
    start: Start, kind: str, let_go: Callable[[], None]
) -> None:
    server = start(script(kind, HANDLERS[kind]))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("stopping, 1 request")
    wait_until(lambda: refuses(server), "new connections are refused")
    assert "handler" not in server.lines
    let_go()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert [line for line in server.lines if line == "handler" or line in ends(server)] == [
        "handler",
        "behind run",
        "finally",
        "at exit",
    ]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("gevent", signal.SIGINT),
        ("gevent", signal.SIGTERM),
        ("eventlet", signal.SIGINT),
        ("tornado", signal.SIGINT),
    ],
)
def test_a_clean_up_that_stands_behind_keyboardinterrupt_runs(
    start: Start, kind: str, number: int, let_go: Callable[[], None]
) -> None:
    run = SERVERS[kind][2]
    tried = f"try:\n{textwrap.indent(run, '    ')}\nexcept KeyboardInterrupt:\n    print('caught')"
    server = start(script(kind, tried))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(number)
    server.wait_for("stopping, 1 request")
    let_go()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert ends(server) == ["behind run", "finally", "at exit"]
    # eventlet's own server swallows it.
    assert ("caught" in server.lines) == (kind != "eventlet")
    assert "Traceback" not in server.output


@pytest.mark.parametrize("runs", ["asyncio.run(main())", "IOLoop.current().run_sync(main)"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_coroutine_that_waits_for_ever_is_left(
    start: Start, runs: str, number: int, let_go: Callable[[], None]
) -> None:
    run = (
        f"{TORNADO}async def main():\n    HTTPServer(container).listen(HERE[1], HERE[0])\n"
        f"    await asyncio.Event().wait()\n{runs}"
    )
    server = start(script("tornado", run))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(number)
    server.wait_for("stopping, 1 request")
    let_go()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert ends(server) == ["finally", "at exit"]
    assert "Traceback" not in server.output


@pytest.mark.parametrize("kind", ["gevent", "eventlet", "tornado"])
def test_what_runs_beside_the_server_goes_on(start: Start, kind: str) -> None:
    beat = "def beat():\n    while True:\n        time.sleep(0.01)\n        print('beat')\n"
    server = start(
        script(
            kind, f"{beat}threading.Thread(target=beat, daemon=True).start()\n{SERVERS[kind][2]}"
        )
    )
    assert server.get().status == 200
    server.wait_for("beat", times=len([line for line in server.lines if line == "beat"]) + 3)
    assert server.stop() == 0


def test_a_gevent_server_that_the_script_stops_itself_returns(start: Start) -> None:
    run = (
        "import gevent\n"
        "@app.route('/stop')\ndef stop():\n    gevent.spawn(s.stop)\n    return ''\n"
        f"{PYWSGI}s = WSGIServer(HERE, app)\ns.serve_forever()\n"
        "print('stopped')\nWSGIServer(HERE, app).serve_forever()"
    )
    server = start(script("gevent", run), "--port", "0")
    assert server.get("/stop").status == 200
    server.wait_for("uncork: serving", times=2)
    server.send(signal.SIGTERM)
    assert server.wait() == 0
    assert server.lines.count("stopped") == 1
    assert ends(server) == ["behind run", "finally", "at exit"]
