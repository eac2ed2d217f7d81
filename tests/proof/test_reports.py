"""What verify says where an app can't be proved, and how it sees different kinds of scripts."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from uncork.errors import ExitStatus
from uncork.render import as_json, as_text
from uncork.render import proof as proof  # noqa: PLC0414 - registers the report's forms

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proof.conftest import MakeTrees, Trees

    from uncork.proof.report import Report

isolated = [pytest.mark.isolation, pytest.mark.usefixtures("isolated")]

HEAD = """
import atexit, functools, logging, os, threading, time
from flask import Flask

app = Flask(__name__)

@app.route("/")
def index():
    return "hello"
"""
ENTRY = """
def create_app():
    from server import app, init_app

    init_app()
    return app
"""


def migrated(trees: MakeTrees, main: str, init: str, new_main: str, head: str = HEAD) -> Trees:
    """An app whose main block is `main`, and whose migration is `init` and `new_main`."""
    guard = 'if __name__ == "__main__":\n'
    old = f"{head}\n\n{guard}{main}"
    new = f"{head}\n\n@functools.cache\ndef init_app():\n{init}\n\n{guard}{new_main}"
    return trees({"server.py": old}, {"server.py": new, "wsgi.py": ENTRY})


def is_the_same(report: Report) -> None:
    assert told(report) == ""
    assert (report.status, report.unproved) == (ExitStatus.DONE, ())


def told(report: Report) -> str:
    return "\n".join(difference.sentence for difference in report.differences)


PROXY_FIX = (
    "from werkzeug.middleware.proxy_fix import ProxyFix; app.wsgi_app = ProxyFix(app.wsgi_app)"
)
PASS = ("    pass\n", "    init_app()\n    app.run()\n")


@pytest.mark.process
def test_a_script_that_can_not_start_is_reported_with_its_own_traceback(trees: MakeTrees) -> None:
    source = "def load():\n    raise KeyError('model')\n\nload()\n"
    report = trees({"server.py": source}, {"wsgi.py": ENTRY}).verify(isolation="none")
    assert report.status is ExitStatus.NOT_PROVED
    assert report.unproved[0] == (
        "server.py itself does not start, before any change: KeyError: 'model'"
    )
    lines = report.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('server.py", line 4, in <module>')
    assert "probe" not in report.traceback


@pytest.mark.process
def test_a_script_that_refuses_its_arguments_says_why(trees: MakeTrees) -> None:
    source = (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('model')\np.parse_args()\n"
    )
    report = trees({"server.py": source}, {}).verify(isolation="none")
    assert report.status is ExitStatus.NOT_PROVED
    assert "it ended with status 2 before it ran an app: " in report.unproved[0]
    assert "the following arguments are required: model" in report.unproved[0]


@pytest.mark.process
def test_a_script_that_runs_no_app_is_not_proved(trees: MakeTrees) -> None:
    report = trees({"server.py": "print('hello')"}, {}).verify(isolation="none")
    assert "it ended without running an app" in report.unproved[0]


@pytest.mark.process
def test_without_isolation_only_harmless_routes_are_asked_for(trees: MakeTrees) -> None:
    head = HEAD + '\n@app.route("/drop")\ndef drop():\n    return "dropped"\n'
    app = migrated(trees, "    app.run()\n", *PASS, head=head)
    static = app.folder / "static"
    static.mkdir()
    (static / "style.css").write_text("p {}")
    report = app.verify(isolation="none")
    is_the_same(report)
    assert report.compared["answers"] == 3
    assert "NOT isolated" in as_text(report)
    assert report.notes == ("not isolated: only /, static files and a missing page were asked for",)
    assert "NOT isolated" in app.said[0]


@pytest.mark.process
def test_without_isolation_the_tree_is_not_touched(trees: MakeTrees) -> None:
    main = '    open("made", "w").write("x")\n    app.run()\n    open("ended", "w").write("x")\n'
    init = (
        '    open("made", "w").write("x")\n'
        '    atexit.register(lambda: open("ended", "w").write("x"))\n'
    )
    app = migrated(trees, main, init, PASS[1])
    report = app.verify(isolation="none")
    assert sorted(path.name for path in app.folder.iterdir()) == ["server.py"]
    is_the_same(report)
    assert report.compared["files written"] == 2


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
class TestTakenAway:
    def test_an_app_that_needs_the_network_is_not_proved(self, trees: MakeTrees) -> None:
        head = HEAD + (
            "\nimport socket\n\n"
            '@app.route("/api")\ndef api():\n'
            '    try:\n        socket.create_connection(("192.0.2.1", 443), 1)\n'
            '    except OSError:\n        return "offline"\n'
            '    return "online"\n'
        )
        report = migrated(trees, "    app.run()\n", *PASS, head=head).verify()
        assert report.status is ExitStatus.NOT_PROVED
        assert report.unproved == (
            "the app connects to 192.0.2.1 port 443, which isolation takes away",
        )

    def test_a_library_that_connects_in_c_is_noticed(self, trees: MakeTrees) -> None:
        head = HEAD + (
            "\nimport ctypes, socket, struct\n\n"
            '@app.route("/database")\ndef database():\n'
            "    with socket.socket() as one:\n"
            "        place = bytes([192, 0, 2, 1])\n"
            '        address = struct.pack("=HH4s8x", socket.AF_INET, 0x1234, place)\n'
            "        return str(ctypes.CDLL(None).connect(one.fileno(), address, len(address)))\n"
        )
        report = migrated(trees, "    app.run()\n", *PASS, head=head).verify()
        (reason,) = report.unproved
        assert reason.startswith("the app connects to something, through a library of its own")

    def test_a_service_on_this_machine_is_taken_away_too(self, trees: MakeTrees) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            connect = f'socket.create_connection(("127.0.0.1", {port}))'
            main = f"    import socket\n    {connect}\n    app.run()\n"
            report = migrated(trees, main, *PASS).verify()
        assert report.status is ExitStatus.NOT_PROVED
        assert "ConnectionRefusedError" in report.unproved[0]
        assert f"the app connects to 127.0.0.1 port {port}" in report.unproved[1]
        assert "Traceback" in as_text(report)

    def test_a_service_that_the_app_itself_starts_is_not(self, trees: MakeTrees) -> None:
        init = (
            "    import socket\n    global server, client\n"
            '    server = socket.create_server(("127.0.0.1", 0))\n'
            "    client = socket.create_connection(server.getsockname())\n"
        )
        main = init.replace("    global server, client\n", "") + "    app.run()\n"
        is_the_same(migrated(trees, main, init, PASS[1]).verify())

    def test_a_path_that_is_hidden_is_not_proved_and_one_that_never_was_is(
        self, trees: MakeTrees
    ) -> None:
        looks = 'os.path.exists("/var/lib"), os.path.exists("/var/lib/no-such-thing-here")'
        report = migrated(trees, f"    {looks}\n    app.run()\n", *PASS).verify()
        assert report.status is ExitStatus.NOT_PROVED
        assert report.unproved == ("the app uses /var/lib, which isolation takes away",)

    def test_a_difference_counts_more_than_what_is_not_proved(self, trees: MakeTrees) -> None:
        app = migrated(trees, "    os.path.exists('/var/lib')\n    app.run()\n", *PASS)
        app.new = {**app.new, "server.py": app.new["server.py"].replace("hello", "hallo")}
        report = app.verify()
        assert report.status is ExitStatus.DIFFERS
        assert report.unproved == ("the app uses /var/lib, which isolation takes away",)


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
class TestStop:
    def test_an_interrupt_handler_that_never_ran_is_a_clean_up_by_intent(
        self, trees: MakeTrees
    ) -> None:
        main = (
            "    try:\n        app.run()\n"
            '    except KeyboardInterrupt:\n        print("saved")\n        done = True\n'
        )
        init = '    atexit.register(print, "saved")\n'
        is_the_same(migrated(trees, main, init, PASS[1]).verify())
        lost = migrated(trees, main, *PASS).verify()
        assert "no longer says «saved»" in told(lost)

    def test_finally_behind_the_run_call_is_compared(self, trees: MakeTrees) -> None:
        main = '    try:\n        app.run()\n    finally:\n        logging.error("closed")\n'
        is_the_same(
            migrated(
                trees, main, '    atexit.register(logging.error, "closed")\n', PASS[1]
            ).verify()
        )
        assert "no longer says «ERROR:root:closed»" in told(migrated(trees, main, *PASS).verify())

    def test_a_goodbye_of_main_may_stay_in_main(self, trees: MakeTrees) -> None:
        goodbye = '    print("Bye")\n'
        is_the_same(
            migrated(trees, "    app.run()\n" + goodbye, PASS[0], PASS[1] + goodbye).verify()
        )

    def test_a_clean_up_that_raises_is_told(self, trees: MakeTrees) -> None:
        init = "    atexit.register(print)\n"
        new_main = PASS[1] + '    raise ValueError("late")\n'
        report = migrated(trees, "    app.run()\n    print()\n", init, new_main).verify()
        assert "the clean stop was «cleanly» and is now «ValueError: late»" in told(report)

    def test_a_thread_that_keeps_the_process_from_ending_is_told(self, trees: MakeTrees) -> None:
        start = "threading.Thread(target=threading.Event().wait, daemon={}).start()"
        init, main = f"    {start.format(False)}\n", f"    {start.format(True)}\n    app.run()\n"
        report = migrated(trees, main, init, PASS[1]).verify()
        assert "its daemon was True and is now False" in told(report)
        assert "the clean stop was «cleanly» and is now «not within the time limit»" in told(report)

    def test_a_thread_that_becomes_a_daemon_is_no_loss(self, trees: MakeTrees) -> None:
        start = "threading.Thread(target=time.sleep, args=(0.5,), daemon={}).start()"
        init, main = f"    {start.format(True)}\n", f"    {start.format(False)}\n    app.run()\n"
        is_the_same(migrated(trees, main, init, PASS[1]).verify())


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
class TestRunCalls:
    def test_debug_is_equal_in_all_runs(self, trees: MakeTrees) -> None:
        head = HEAD.replace('"hello"', '"debug" if app.debug else "hello"')
        main = "    app.run(debug=True, use_reloader=False)\n"
        new = "    init_app()\n" + main
        is_the_same(migrated(trees, main, PASS[0], new, head=head).verify())

    def test_the_reloader_child_is_what_is_observed(self, trees: MakeTrees) -> None:
        head = HEAD.replace('"hello"', 'app.config.get("STARTED", "not started")')
        work = (
            'os.environ.get("WERKZEUG_RUN_MAIN") == "true":\n'
            '        app.config["STARTED"] = "yes"\n'
        )
        main = f"    if {work}    app.run(debug=True)\n"
        right = migrated(
            trees,
            main,
            '    app.config["STARTED"] = "yes"\n',
            '    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":\n        init_app()\n'
            "    app.run(debug=True)\n",
            head=head,
        )
        is_the_same(right.verify())
        lost = migrated(
            trees, main, PASS[0], "    init_app()\n    app.run(debug=True)\n", head=head
        )
        assert "GET /: the body said «yes» and says now «not started»" in told(lost.verify())

    @pytest.mark.parametrize(
        "call",
        [
            "from waitress import serve; serve(app, host='127.0.0.1', port=1)",
            "import waitress; waitress.serve(app, threads=2)",
            "from werkzeug.serving import run_simple; run_simple('127.0.0.1', 0, app)",
            "from werkzeug import serving; serving.make_server('::1', 0, app).serve_forever()",
            PROXY_FIX + "; app.run()",
            "t = threading.Thread(target=app.run); t.start(); t.join()",
        ],
    )
    def test_each_run_call_is_seen(self, call: str, trees: MakeTrees) -> None:
        init = "    pass\n"
        if "ProxyFix" in call:
            init = f"    {PROXY_FIX}\n"
        main = f"    {call}\n"
        new = "    init_app()\n" + (PASS[1] if "ProxyFix" in call else main)
        report = migrated(trees, main, init, new).verify()
        is_the_same(report)
        assert report.compared["answers"] == 3

    def test_a_request_that_ends_the_process_leaves_the_others_compared(
        self, trees: MakeTrees
    ) -> None:
        head = HEAD + '\n@app.route("/shutdown")\ndef shutdown():\n    os._exit(0)\n'
        app = migrated(trees, "    app.run()\n", *PASS, head=head)
        report = app.verify()
        is_the_same(report)
        assert report.compared["answers"] == 3
        assert (
            "GET /shutdown ends the process: what comes after it was not compared" in report.notes
        )

    def test_an_endless_answer_is_left_after_a_while(self, trees: MakeTrees) -> None:
        head = HEAD + (
            '\n@app.route("/events")\ndef events():\n'
            "    def send():\n"
            "        while True:\n            yield 'x'\n            time.sleep(0.1)\n"
            "    return app.response_class(send(), mimetype='text/event-stream')\n"
        )
        report = migrated(trees, "    app.run()\n", *PASS, head=head).verify()
        is_the_same(report)
        assert "GET /events sends without end: its body was not compared" in report.notes


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_the_environment_of_the_caller_does_not_turn_debug_on(
    trees: MakeTrees, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    is_the_same(migrated(trees, "    app.run()\n", *PASS).verify())


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_an_option_that_the_script_refuses_must_be_refused_afterwards(trees: MakeTrees) -> None:
    check = '    if {}:\n        raise SystemExit("no such level")\n'
    parse = (
        "    import argparse\n    parser = argparse.ArgumentParser()\n"
        '    parser.add_argument("--level")\n    args = parser.parse_args()\n'
    )
    main = parse + check.format('args.level == "x"') + "    app.run()\n"
    variants = [(("--level=x",), {"FLASK_LEVEL": "x"})]
    lost = migrated(trees, main, PASS[0], parse + PASS[1]).verify(variants=variants)
    assert "--level=x is accepted; it was refused" in told(lost)
    init = check.format('os.environ.get("FLASK_LEVEL") == "x"')
    new = parse + '    os.environ["FLASK_LEVEL"] = args.level or ""\n' + PASS[1]
    kept = migrated(trees, main, init, new).verify(variants=variants)
    is_the_same(kept)
    assert kept.notes[0].startswith("the script itself refuses --level=x, as before")


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_the_report_is_one_json_object_without_secrets(trees: MakeTrees) -> None:
    head = HEAD.replace(
        "app = Flask(__name__)", 'app = Flask(__name__)\napp.secret_key = "hunter22"'
    )
    app = migrated(trees, "    app.run()\n", *PASS, head=head)
    app.new = {**app.new, "server.py": app.new["server.py"].replace("hunter22", "hunter23")}
    report = app.verify()
    shown = as_json(report, "verify")
    assert (shown["version"], shown["status"], shown["verdict"]) == (1, 6, "not the same")
    assert "hunter" not in repr(shown) + as_text(report)


def test_runs_of_one_verification_do_not_meet(trees: MakeTrees, tmp_path: Path) -> None:
    app = migrated(trees, "    app.run()\n", *PASS)
    results: list[Report] = []
    threads = [
        threading.Thread(target=lambda: results.append(app.verify(isolation="none")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.status for report in results] == [ExitStatus.DONE] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "project"]
