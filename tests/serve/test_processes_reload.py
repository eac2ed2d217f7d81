"""SIGHUP and ``--preload``: new processes for old ones, and no request lost."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import (
    Gate,
    wait_until,
)
from tests.serve.processes import APP, HELD_AT_IMPORT, Clients, before, manager, processes, start

if TYPE_CHECKING:
    from tests.serve.conftest import Write
    from tests.serve.processes import Start
    from tests.serve.test_notify import Manager


__all__ = ["manager", "start"]

pytestmark = pytest.mark.process


def test_reloads_under_load_lose_no_request(start: Start, write: Write, manager: Manager) -> None:
    server = start(env=manager.env)
    assert server.url
    manager.until("READY=1")
    clients = Clients(server)
    clients.wait_for("one")
    for times, version in enumerate(("two", "three", "four"), 1):
        write(APP.replace('"one"', f'"{version}"'), "place.py")
        server.send(signal.SIGHUP)
        server.wait_for("uncork: reloaded: serving place:app at", times)
        heard = [line for message in manager.until("READY=1") for line in message]
        assert heard[0] == "RELOADING=1"
        assert heard[1].startswith("MONOTONIC_USEC=")
        clients.wait_for(version)
        wait_until(lambda: len(processes(server)) == 2, "the old ones have left")
    clients.stop()
    assert clients.answers[-1] == "four"
    assert server.stop() == 0


def test_a_reload_onto_a_broken_app_is_refused(
    start: Start, write: Write, manager: Manager
) -> None:
    server = start(env=manager.env)
    assert server.url
    manager.until("READY=1")
    first = processes(server)
    write(APP + "    1 / 0\n", "place.py")
    server.send(signal.SIGHUP)
    server.wait_for("the reload is refused")
    assert len([line for line in server.lines if line.startswith("ZeroDivisionError")]) == 1
    assert "RELOADING=1" in before(manager, "READY=1")
    wait_until(lambda: processes(server) == first, "the old ones alone are left")
    assert server.get().text == "one"
    write(APP.replace('"one"', '"two"'), "place.py")
    server.send(signal.SIGHUP)
    server.wait_for("uncork: reloaded")
    assert server.get().text == "two"
    assert server.stop() == 0


def test_the_old_ones_serve_until_all_new_ones_are_ready(
    start: Start, write: Write, tmp_path: Path
) -> None:
    server = start()
    assert server.url
    old = processes(server)
    gates = [Gate(tmp_path / f"{name}.gate") for name in ("first", "second")]
    write(HELD_AT_IMPORT + APP.replace('"one"', '"two"'), "place.py")
    server.send(signal.SIGHUP)
    server.wait_for("loads second")
    server.send(signal.SIGHUP)
    assert server.get().text == "one"
    gates[0].open()
    server.wait_for("loading", 3)
    assert processes(server) > old
    assert "reloaded" not in server.output
    gates[1].open()
    server.wait_for("uncork: reloaded")
    wait_until(lambda: not processes(server) & old, "the old ones leave")
    assert server.get().text == "two"
    # The second signal came while the first was at work, and may have been another change.
    server.wait_for("uncork: reloaded", 2)
    assert server.stop() == 0


# --- preload --------------------------------------------------------------------

LARGE = """
    import gc
    LARGE = [(str(number), [number]) for number in range(600_000)]

    @app.route("/collect")
    def collect():
        gc.collect()
        return str(os.getpid())
"""


def memory(*pids: int) -> float:
    """Proportional set sizes, summed, in kB: shared pages count once."""
    lines = [
        line
        for pid in pids
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    ]
    return sum(float(line.split()[1]) for line in lines)


def test_preload_loads_the_app_once_and_shares_its_memory(start: Start) -> None:
    one = start("--processes", "1", source=APP + LARGE)
    assert one.url
    single = memory(*processes(one))
    assert one.stop() == 0
    server = start("--preload", source=APP + LARGE)
    collected: set[int] = set()

    def all_have_collected() -> bool:
        collected.add(int(server.get("/collect").text))
        return collected == processes(server)

    wait_until(all_have_collected, "both have collected garbage")
    assert memory(server.process.pid, *processes(server)) < 1.15 * single
    assert len([line for line in server.lines if line.startswith("loading")]) == 1
    assert server.stop() == 0


def test_a_reload_of_a_preloaded_app_is_refused_with_the_reason(
    start: Start, manager: Manager
) -> None:
    server = start("--preload", env=manager.env)
    assert server.url
    manager.until("READY=1")
    server.send(signal.SIGHUP)
    server.wait_for("--preload holds the app in this process, which must be restarted")
    assert "RELOADING=1" in before(manager, "READY=1")
    assert server.get().text == "one"
    assert server.stop() == 0


def test_threads_that_preload_leaves_behind_are_told(start: Start) -> None:
    thread = (
        "    threading.Thread(target=time.sleep, args=(60,), name='ticker', daemon=True).start()"
    )
    server = start("--preload", source=f"{APP}{thread}\n", env={"PYTHONWARNINGS": "ignore"})
    said = server.wait_for("the app has started 1 thread (ticker)")
    assert "which serves nobody" in said
    assert server.stop() == 0


def test_an_app_that_runs_itself_is_not_preloaded(start: Start) -> None:
    server = start("--preload", source=APP + "    app.run()\n")
    assert server.wait() == 4
    errors = [line for line in server.lines if line.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: place.py:")
    assert "place:app runs a server by itself when it is imported" in errors[0]
