"""Stops of scripts that run their app in a thread, in a child, too early or for ever."""

from __future__ import annotations

import os
import signal
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from tests.serve.conftest import in_background, refuses, wait_until

from uncork.serve.signals import GRACE

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Serve, Write

pytestmark = pytest.mark.process

THREADED = """
    import threading, time, pathlib
    from flask import Flask

    app = Flask(__name__)

    @app.route("/held/<name>")
    def held(name):
        print("held", name)
        pathlib.Path("gate").read_text()
        return "let go " + name

    def run():
        app.run(port=0)
        time.sleep(0.1)  # A clean-up that takes its time.
        print("behind run")

    thread = threading.Thread(target=run, daemon={daemon})
    thread.start()
    try:
        {wait}
        print("main went on")
    except KeyboardInterrupt:
        print("main was interrupted")
    finally:
        print("main cleans up")
"""


@pytest.mark.parametrize(
    ("wait", "number", "said"),
    [
        ("thread.join()", signal.SIGTERM, "main went on"),
        ("thread.join()", signal.SIGINT, "main was interrupted"),
        ("time.sleep(600)", signal.SIGTERM, "main cleans up"),
        ("time.sleep(600)", signal.SIGINT, "main was interrupted"),
    ],
)
@pytest.mark.parametrize("daemon", [True, False])
def test_a_run_in_a_thread_is_drained_and_then_main_is_told(  # noqa: PLR0917 - pytest's, by name
    serve: Serve, write: Write, gate: Gate, wait: str, number: int, said: str, daemon: bool
) -> None:
    server = serve(write(THREADED.format(wait=wait, daemon=daemon)))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(number)
    server.wait_for("stopping, 1 request")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert said in server.lines
    assert "behind run" in server.lines
    assert server.lines.count("main cleans up") == 1


def test_a_run_in_main_returns_when_servers_in_threads_have_stopped_too(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve(
        write("""
            import pathlib, threading
            from flask import Flask
            from werkzeug.serving import make_server

            app = Flask(__name__)

            @app.route("/held")
            def held():
                print("held")
                pathlib.Path("gate").read_text()
                print("let go")
                return ""

            made = make_server("127.0.0.1", 0, app, threaded=True)
            print("thread", made.port)
            threading.Thread(target=made.serve_forever, daemon=True).start()
            app.run(port=0)
            print("behind run")
        """)
    )
    port = int(server.wait_for("thread ").split()[1])
    request = in_background(urlopen, f"http://127.0.0.1:{port}/held")
    server.wait_for("held")
    server.wait_for("uncork: serving", times=2)
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping", times=2)
    gate.open()
    with request.result() as response:
        assert response.status == 200
    assert server.wait() == 0
    assert server.lines.index("let go") < server.lines.index("behind run")


def test_main_may_end_while_the_app_runs_in_a_thread(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve(write(THREADED.format(wait="pass", daemon=False)))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.wait_for("main cleans up")
    server.send(signal.SIGTERM)
    server.wait_for("stopping, 1 request")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert "behind run" in server.lines


def test_a_daemon_threads_server_ends_with_main_as_under_python(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve(write(THREADED.format(wait="pathlib.Path('gate').read_text()", daemon=True)))
    server.wait_for("uncork: serving")
    gate.open()
    assert server.wait() == 0
    assert "main went on" in server.lines


def test_sigterm_before_the_app_runs_ends_the_start_with_its_clean_up(
    serve: Serve, write: Write
) -> None:
    server = serve(
        write("""
            import atexit, time
            atexit.register(print, "at exit")
            try:
                print("loading")
                time.sleep(600)
            finally:
                print("finally")
        """)
    )
    server.wait_for("loading")
    server.send(signal.SIGTERM)
    assert server.wait() == 0
    said = server.wait_for("uncork: SIGTERM: stopped before it ran an app; it was at server.py:")
    assert server.lines == ["loading", "finally", said, "at exit"]


def test_a_forked_child_is_ended_by_terminate_as_under_python(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import multiprocessing, time
            from flask import Flask

            app = Flask(__name__)

            if __name__ == "__main__":
                child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
                child.start()
                app.run(port=0)
                child.terminate()
                child.join()
                print("child", child.exitcode)
        """)
    )
    assert server.stop() == 0
    assert "child -15" in server.lines


def test_a_forked_childs_copy_of_the_socket_does_not_keep_it_listening(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve(
        write("""
            import multiprocessing, pathlib, time
            from flask import Flask

            app = Flask(__name__)

            @app.route("/fork")
            def fork():
                global child
                child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
                child.start()
                print("held")
                pathlib.Path("gate").read_text()
                return "let go"

            if __name__ == "__main__":
                app.run(port=0)
                child.terminate()
        """)
    )
    request = in_background(server.get, "/fork")
    server.wait_for("held")
    server.send(signal.SIGTERM)
    wait_until(lambda: refuses(server), "new connections are refused")
    gate.open()
    assert request.result().text == "let go"
    assert server.wait() == 0


def test_a_forked_child_that_runs_the_app_drains_it(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve(
        write("""
            import multiprocessing, os, pathlib
            from flask import Flask

            app = Flask(__name__)

            @app.route("/held")
            def held():
                print("held by", os.getpid())
                pathlib.Path("gate").read_text()
                return "let go"

            if __name__ == "__main__":
                run = multiprocessing.get_context("fork").Process(target=app.run, args=(None, 0))
                run.start()
                run.join()
                print("child", run.exitcode)
        """)
    )
    request = in_background(server.get, "/held")
    child = int(server.wait_for("held by").split()[-1])
    os.kill(child, signal.SIGTERM)
    server.wait_for("SIGTERM: stopping, 1 request")
    gate.open()
    assert request.result().text == "let go"
    assert server.wait() == 0
    assert "child 0" in server.lines


def test_a_reader_of_stderr_that_goes_away_stops_nothing(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import os
            from flask import Flask
            app = Flask(__name__)

            @app.route("/")
            def index():
                reading, writing = os.pipe()
                os.dup2(writing, 2)
                os.close(reading)
                return "hello"

            app.run(port=0)
            print("behind run")
        """)
    )
    assert server.get().text == "hello"
    assert server.get().text == "hello"
    # 120: python's own word for a stream that it could not flush at its end.
    assert server.stop() in {0, 120}
    assert "behind run" in server.lines


def test_a_script_that_runs_its_app_in_a_loop_is_stopped(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            from flask import Flask
            app = Flask(__name__)
            while True:
                app.run(port=0)
        """)
    )
    assert server.stop() == 0
    assert len([line for line in server.lines if "serving" in line]) == 1


POLLER = """
    import atexit, pathlib, threading, time
    from flask import Flask

    app = Flask(__name__)
    atexit.register(print, "at exit")

    def poll():
        {poll}

    if __name__ == "__main__":
        threading.Thread(target=poll, name="poller").start()
        app.run(port=0)
        print("behind run")
"""


def test_a_thread_that_never_ends_does_not_outlive_sigterm(serve: Serve, write: Write) -> None:
    server = serve(write(POLLER.format(poll="while True: time.sleep(1)")))
    assert server.get().status == 404
    assert server.stop(signal.SIGTERM) == 0
    assert "uncork: SIGTERM: ended beside thread poller, which did not end" in server.output
    assert server.lines.count("behind run") == server.lines.count("at exit") == 1


def test_a_thread_that_is_about_to_end_is_waited_for(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve(write(POLLER.format(poll='pathlib.Path("gate").read_text(); print("polled")')))
    assert server.get().status == 404
    server.send(signal.SIGTERM)
    server.wait_for("behind run")
    gate.open()
    assert server.wait() == 0
    assert server.lines[-2:] == ["polled", "at exit"]


def test_sigint_waits_for_threads_as_python_does(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve(write(POLLER.format(poll='pathlib.Path("gate").read_text(); print("polled")')))
    assert server.get().status == 404
    server.send(signal.SIGINT)
    server.wait_for("behind run")
    with pytest.raises(TimeoutExpired):
        server.process.wait(GRACE + 1)
    gate.open()
    assert server.wait() == 0
    assert server.lines[-2:] == ["polled", "at exit"]


def test_the_scripts_own_handler_may_ask_a_thread_to_finish(
    serve: Serve, write: Write, gate: Gate
) -> None:
    handler = 'import signal; signal.signal(signal.SIGTERM, lambda *_: print("asked"))'
    script = POLLER.format(poll='pathlib.Path("gate").read_text(); print("polled")')
    server = serve(write(script.replace("if __name__", f"{handler}\n\n    if __name__")))
    assert server.get().status == 404
    server.send(signal.SIGTERM)
    server.wait_for("asked")
    with pytest.raises(TimeoutExpired):
        server.process.wait(GRACE + 1)
    gate.open()
    assert server.wait() == 0
    assert server.lines[-2:] == ["polled", "at exit"]
