"""A request that only waits gives its thread's place away; a stop ends it."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import PATIENCE, in_background, wait_until

from uncork.serve.adapter.dispatcher import Dispatcher
from uncork.serve.waiting import current_lender, lending
from uncork.serve.websockets import LentSocket

if TYPE_CHECKING:
    from collections.abc import Iterator


class Waiting:
    """A request that waits, and notes that it is to end."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def end(self) -> None:
        """It is to end."""
        self.ended.set()


class Held:
    """A task that runs until it is let go."""

    queued_at = 0.0

    def __init__(self) -> None:
        self.runs = threading.Event()
        self.let_go = threading.Event()

    def service(self) -> None:
        """Run."""
        self.runs.set()
        assert self.let_go.wait(PATIENCE)

    def cancel(self) -> None:
        """It never ran."""


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    """One thread, ended behind the test."""
    made = Dispatcher()
    made.set_thread_count(1)
    yield made
    made.shutdown()
    assert not made.threads


def test_another_request_runs_in_its_place_and_no_longer_than_it_waits(
    dispatcher: Dispatcher,
) -> None:
    first, second, waiting = Held(), Held(), Waiting()
    dispatcher.add_task(first)
    assert first.runs.wait(PATIENCE)
    dispatcher.add_task(second)
    assert not second.runs.is_set()
    dispatcher.lend(waiting)
    assert second.runs.wait(PATIENCE)
    assert dispatcher.waiting == 1
    first.let_go.set()
    second.let_go.set()
    dispatcher.take_back(waiting)
    dispatcher.take_back(waiting)
    assert dispatcher.waiting == 0
    wait_until(lambda: len(dispatcher.threads) == 1, "one thread is left")


def test_a_stop_ends_what_waits_once_nothing_runs(dispatcher: Dispatcher) -> None:
    running, waiting = Held(), Waiting()
    said: list[str] = []
    dispatcher.add_task(running)
    assert running.runs.wait(PATIENCE)
    dispatcher.farewell("key", lambda: said.append("replaced"))
    dispatcher.farewell("key", lambda: said.append("good-bye"))
    dispatcher.set_thread_count(2)
    dispatcher.end_waiting()
    assert not said
    running.let_go.set()
    wait_until(lambda: dispatcher.active_count == 0, "nothing runs")
    late = Held()
    dispatcher.lend(waiting)
    dispatcher.end_waiting()
    assert not waiting.ended.is_set(), "what was emitted last is still on its way"
    assert dispatcher.owed == 1
    dispatcher.add_task(late)
    assert late.runs.wait(PATIENCE)
    late.let_go.set()

    def ended() -> bool:
        dispatcher.end_waiting()
        return waiting.ended.is_set()

    wait_until(ended, "it is told to end")
    wait_until(lambda: said == ["good-bye"], "the farewell was said, once")
    assert dispatcher.owed == 0
    dispatcher.take_back(waiting)


@pytest.mark.parametrize("queued", [False, True])
def test_nothing_is_ended_while_a_request_runs_or_is_queued(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch, *, queued: bool
) -> None:
    monkeypatch.setattr("uncork.serve.lending._QUIET", 0.0)
    running, waiting = Held(), Waiting()
    dispatcher.add_task(running)
    assert running.runs.wait(PATIENCE)
    dispatcher.lend(waiting)
    if queued:  # The one that runs is the one that waits, and its place is taken.
        dispatcher.set_thread_count(0)
        wait_until(lambda: len(dispatcher.threads) == 1, "only that one is left")
        dispatcher.add_task(Held())
    for _ in range(2):
        dispatcher.end_waiting()
    assert not waiting.ended.is_set()
    running.let_go.set()
    dispatcher.take_back(waiting)


def test_the_threads_know_their_lender_and_no_other_does(dispatcher: Dispatcher) -> None:
    found: list[object] = []

    class Asks(Held):
        """Asks whose thread it runs in."""

        def service(self) -> None:
            """Run."""
            found.append(current_lender())

    dispatcher.add_task(Asks())
    wait_until(lambda: found, "it has run")
    assert found == [dispatcher]
    assert current_lender() is None
    with lending(dispatcher):
        assert current_lender() is dispatcher
    assert current_lender() is None


def test_a_close_waits_for_the_answer_of_the_thread_that_receives() -> None:
    here, there = socket.socketpair()
    received, let_go = threading.Event(), threading.Event()
    with here, there, LentSocket(here, lambda: None) as lent:

        def receive_and_answer() -> None:
            lent.recv(1)
            received.set()
            assert let_go.wait(PATIENCE)
            lent.send(b"answer")
            lent.close()

        answering = in_background(receive_and_answer)
        there.send(b"?")
        assert received.wait(PATIENCE)
        waiting = in_background(lent.wait_for_answer)
        let_go.set()
        waiting.result()
        assert there.recv(16, socket.MSG_DONTWAIT) == b"answer"
        answering.result()


def test_a_close_waits_for_nobody_if_the_view_itself_receives() -> None:
    here, there = socket.socketpair()
    with here, there, LentSocket(here, lambda: None) as lent:
        there.send(b"?")
        assert lent.recv(1) == b"?"
        lent.wait_for_answer()
