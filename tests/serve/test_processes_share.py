"""``--processes``: each gets its part of the connections, and none is waited for in vain."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import ask, in_background, wait_until
from tests.serve.processes import processes, runner, start

from uncork.serve.processes.shares import Shares

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Server
    from tests.serve.processes import Start

__all__ = ["start"]

PATIENT = """
import sys
sys.path.append(sys.argv.pop(1))
import uncork.serve.processes.shares as shares
shares._PATIENCE = 60
from uncork.serve.command import main
main(sys.argv[1:])
"""


def patient() -> list[str]:
    """As `runner`, but a process that is ahead waits a minute for one that is behind."""
    python, main, *rest = runner()
    return [python, "-c", PATIENT, str(Path(main).parents[2]), *rest]


def who_answers(server: Server, clients: int, open_until: ExitStack) -> Counter[str]:
    """How many of so many clients each process has taken; all keep their connection."""
    connections = [server.connect() for _ in range(clients)]
    for connection in connections:
        open_until.callback(connection.close)
    asked = [in_background(ask, connection, "/pid") for connection in connections]
    return Counter(answer.result().text for answer in asked)


@pytest.mark.process
def test_clients_that_keep_their_connection_are_shared_out_evenly(start: Start) -> None:
    server = start(command=patient())
    with ExitStack() as stack:
        assert sorted(who_answers(server, 16, stack).values()) in ([8, 8], [7, 9])
    assert server.stop() == 0


@pytest.mark.process
def test_a_process_that_stands_still_is_not_waited_for(start: Start) -> None:
    server = start()
    assert server.url
    still, other = processes(server)
    os.kill(still, signal.SIGSTOP)
    with ExitStack() as stack:
        assert who_answers(server, 30, stack) == {str(other): 30}
    os.kill(still, signal.SIGCONT)
    assert server.stop() == 0


@pytest.mark.process
def test_a_process_that_was_killed_is_not_waited_for(start: Start) -> None:
    server = start(command=patient())
    with ExitStack() as stack:
        both = who_answers(server, 2, stack)
        before = processes(server)
        os.kill(int(min(both)), signal.SIGKILL)
        server.wait_for("another takes its place")
        wait_until(lambda: len(processes(server) - before) == 1, "another has taken its place")
        (new,) = processes(server) - before
        wait_until(lambda: server.get("/pid").text == str(new), "it serves")
        assert len(who_answers(server, 8, stack)) == 2
    assert server.stop() == 0


@pytest.mark.process
def test_processes_that_leave_are_not_waited_for(start: Start, gate: Gate) -> None:
    server = start(command=patient())
    held = in_background(server.get, "/held/one")
    server.wait_for("held one")
    old = processes(server)
    server.send(signal.SIGHUP)
    server.wait_for("uncork: reloaded")
    with ExitStack() as stack:
        answered = who_answers(server, 8, stack)
        assert sorted(answered.values()) == [4, 4]
        assert not {int(pid) for pid in answered} & old
    gate.open()
    assert held.result().text == "let go one"
    assert server.stop() == 0


def test_one_that_still_loads_takes_nothing_yet() -> None:
    shares = Shares()
    serving, _loading = shares.of(1), shares.of(2)
    serving.has(5)
    assert not serving.yields()


def test_who_has_more_yields_until_the_other_has_taken_as_many() -> None:
    shares = Shares()
    one, two = shares.of(1), shares.of(2)
    one.has(2)
    two.has(1)
    assert one.yields()
    assert not two.yields()
    two.has(2)
    assert not one.yields()
    assert not two.yields()


def test_with_many_connections_a_small_lead_is_none() -> None:
    shares = Shares()
    one, two = shares.of(1), shares.of(2)
    two.has(400)
    one.has(450)
    assert not one.yields()
    one.has(451)
    assert one.yields()


def test_who_has_left_or_is_gone_is_not_counted() -> None:
    shares = Shares()
    one, two, three = shares.of(1), shares.of(2), shares.of(3)
    for share, count in ((one, 3), (two, 0), (three, 1)):
        share.has(count)
    assert one.yields()
    two.leave()
    one.taken()
    assert one.yields()
    shares.free(3)
    one.taken()
    assert not one.yields()
