"""How fast ``uncork serve`` is beside the servers that people use: goals 1, 2, 4 and 6.

``python benchmarks/serve.py [--rounds N] [--quick] [--write]``

It makes an environment with all servers and starts each in every round; within a
round every workload is put on every server in a shuffled order. What is told are
the medians of the rounds' ratios to stock waitress (W) and to ``flask run`` (F).
waitress is measured twice: its ratio to itself says how far a figure can be
trusted. About 8 minutes; ``--quick`` takes one, and shows only that all of it runs.
Needs wrk on PATH. ``--write`` puts tables and chart into docs/explanation.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import peers, report  # noqa: E402 - found only now
from benchmarks.chart import Bar, Group, bar_chart  # noqa: E402
from benchmarks.figures import Goal, Ratio, Results, as_text, goal_rows, number, table  # noqa: E402
from benchmarks.load import Load, clients, rate  # noqa: E402
from benchmarks.peers import CONTROL, FLASK, UNCORK, UNCORK_2, WAITRESS, Peer, PeerError  # noqa: E402

BARE = """
import sys, time
sys.path.insert(0, ".")
from server import app
from werkzeug.test import create_environ
environ = create_environ("/")
calls, started = 0, time.perf_counter()
while time.perf_counter() - started < float(sys.argv[1]):
    list(app(dict(environ), lambda *_: None))
    calls += 1
print(calls / (time.perf_counter() - started))
"""
"""The app without a server: calls a second on one core."""
UNIT = "uncork serve, as a unit starts it"
HEAVY_CONNECTIONS = 8


@dataclass(frozen=True)
class Workload:
    """What is asked of a server.

    Args:
        name: of the figure.
        path: of the view.
        connections: each has one request at a time.
        body: bytes that are sent.
        in_bytes: the figure is bytes received a second; else answers a second.
    """

    name: str
    path: str
    connections: int
    body: int = 0
    in_bytes: bool = False


WORKLOADS = (
    Workload("hello, 16", "/", 16),
    Workload("hello, 128", "/", 128),
    Workload("JSON, 16", "/json", 16),
    Workload("JSON, 128", "/json", 128),
    Workload("5 ms of waiting", "/wait", 64),
    Workload("2 ms of Python", "/python", 16),
    Workload("1 MB upload", "/upload", 8, body=1_000_000),
    Workload("10 MB download", "/download", 4, in_bytes=True),
    Workload("events", "/events?count=100", 4),
)
"""Connections far above the threads of a server where threads matter, few where the body does."""
_DETAILED = WORKLOADS[0]
"""The workload whose processor time is noted, too."""


def main() -> int:
    """Measure and tell; returns 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=report.Verbatim)
    report.add_options(parser, rounds=9)
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    seconds = 0.3 if options.quick else 0.5
    started = time.monotonic()
    try:
        with peers.Bench() as bench:
            results = measure(bench, rounds, seconds)
    except PeerError as error:
        sys.exit(f"error: {error}")
    took = report.span(time.monotonic() - started)
    goals = find_goals(results)
    tables = [servers(results), workloads(results), goal_rows(goals)]
    print("\n\n".join(as_text(rows) for rows in tables))
    head = f"{report.machine()}; {rounds} rounds of {seconds:g} s a workload, {took}."
    print("", head, *results.failures, sep="\n")
    if options.write:
        report.write("serve", head, tables, results.failures)
        report.write_chart("serve.svg", chart(results))
    return 0 if all(goal.met is not False for goal in goals) else 1


def measure(bench: peers.Bench, rounds: int, seconds: float) -> Results:
    """Every figure of every server, round by round."""
    found = peers.all_peers(bench)
    results = Results(peer.name for peer in found)
    for each in range(1, rounds + 1):
        peers.tell(f"round {each} of {rounds}")
        _one_round(bench, found, results, seconds)
        _starts(bench, results)
        if each <= 3:  # noqa: PLR2004 - memory spreads little, and loading takes long
            _heavy(bench, results)
    return results


def _one_round(bench: peers.Bench, found: list[Peer], results: Results, seconds: float) -> None:
    """Start every server, put every workload on each, stop them."""
    running: dict[str, peers.Running | None] = {}
    for peer in random.sample(found, len(found)):
        try:
            server = running[peer.name] = bench.start(peer)
        except PeerError as error:
            running[peer.name] = None
            results.failed(peer.name, str(error))
            results.add(peer.name, "first answer", None)
            continue
        results.add(peer.name, "first answer", server.first_answer)
        rate(server.url, 16, 0.2, bench.folder)
        results.add(peer.name, "memory", server.memory)
    bare = _bare(bench, seconds)
    for peer in found:
        results.add(peer.name, "bare", bare)
    for workload in random.sample(WORKLOADS, len(WORKLOADS)):
        for name in random.sample(list(running), len(running)):
            _put_on(workload, name, running[name], results, seconds, bench.folder)
    for name in random.sample(list(running), len(running)):
        _events(name, running[name], results)
    for each in running.values():
        if each is not None:
            each.stop()


def _put_on(
    workload: Workload,
    name: str,
    server: peers.Running | None,
    results: Results,
    seconds: float,
    folder: Path,
) -> None:
    """One workload on one server."""
    used, load = 0.0, Load()
    if server is not None:
        before = server.processor_seconds
        load = rate(
            server.url + workload.path, workload.connections, seconds, folder, workload.body
        )
        used = server.processor_seconds - before
        if load.errors:
            results.failed(name, f"requests failed under {workload.name}")
    figure = load.byte_rate if workload.in_bytes else load.rate
    # Nobody answered is a figure; that it did not start is none.
    results.add(name, workload.name, None if server is None else figure)
    if server is not None and not figure:
        results.failed(name, f"answered nothing under {workload.name}")
    results.add(name, f"p99 of {workload.name}", load.p99 or None)
    if workload is _DETAILED:
        results.add(name, "per second of processor", load.requests / used if used else None)


def _events(name: str, server: peers.Running | None, results: Results) -> None:
    """How late the events of a stream arrive."""
    late = None
    if server is not None:
        found = clients("events", server.port, 4, 15, 0.02)
        late = found["median"]
        if found["missing"]:
            results.failed(name, "events are missing")
    results.add(name, "event delay", late)


def _bare(bench: peers.Bench, seconds: float) -> float:
    """Calls a second of the app without a server."""
    command = [str(bench.bin / "python"), "-c", BARE, str(seconds)]
    asked = subprocess.run(
        command, cwd=bench.app, env=bench.environ, capture_output=True, text=True, check=True
    )
    return float(asked.stdout)


def _starts(bench: peers.Bench, results: Results) -> None:
    """The start of waitress beside that of uncork, as typed and as a unit has it."""
    unit = Peer(UNIT, ("python", "-m", "uncork.serve", "--port", "{port}", "server.py"))
    known = {peer.name: peer for peer in peers.all_peers(bench, quiet=True)}
    for peer in random.sample([known[WAITRESS], known[UNCORK], unit], 3):
        taken = None
        try:
            with peers.serving(bench, peer) as server:
                taken = server.first_answer
        except PeerError as error:
            results.failed(peer.name, str(error))
        results.add(peer.name, "start", taken)


def _heavy(bench: peers.Bench, results: Results) -> None:
    """The memory of one process and of two, with an app that holds 200 MB."""
    preload = bench.option("--preload")
    words = ("python", "-m", "uncork", "serve", "--port", "{port}", "heavy:app")
    runs = [Peer(UNCORK, words)]
    if bench.has_option("--processes") and preload:
        runs.append(Peer(UNCORK_2, (*words, "--processes", "2", preload)))
    for peer in runs:
        memory = None
        try:
            with peers.serving(bench, peer) as server:
                rate(server.url, HEAVY_CONNECTIONS, 0.3, bench.folder)
                memory = server.memory
        except PeerError as error:
            results.failed(peer.name, f"with 200 MB: {error}")
        results.add(peer.name, "memory with 200 MB", memory)


def find_goals(results: Results) -> list[Goal]:
    """What was to be reached, and what was."""

    def over(name: str, figure: str, base: str = WAITRESS) -> Ratio | None:
        return results.ratio(name, base, figure)

    small = [each.name for each in WORKLOADS[:4]]
    goals = [Goal(f"{each}: one process, x W", 1.6, over(UNCORK, each)) for each in small]
    goals += [Goal(f"{each}: two processes, x W", 2.8, over(UNCORK_2, each)) for each in small]
    goals += [Goal(f"{each}: two processes, x F", 7, over(UNCORK_2, each, FLASK)) for each in small]
    goals += [
        Goal(f"p99 of {each}: one process, of W's", 0.6, over(UNCORK, f"p99 of {each}"), most=True)
        for each in small
    ]
    goals += [
        Goal(
            f"{kind}: the rate at 128 connections, of that at 16",
            0.8,
            results.ratio(UNCORK, UNCORK, f"{kind}, 128", f"{kind}, 16"),
        )
        for kind in ("hello", "JSON")
    ]
    share = results.ratio(UNCORK_2, UNCORK_2, "hello, 16", "bare")
    goals.append(Goal("hello: two processes, of the bare loop's rate on one core", 0.4, share))
    goals.append(Goal("5 ms of waiting: x W", 3, over(UNCORK, "5 ms of waiting")))
    goals.append(Goal("2 ms of Python: two processes, x W", 1.6, over(UNCORK_2, "2 ms of Python")))
    goals.append(Goal("10 MB download: x W", 0.95, over(UNCORK, "10 MB download")))
    goals.append(Goal("events as fast as they are written: x W", 0.95, over(UNCORK, "events")))
    own, waitress = (results.median(name, "event delay") for name in (UNCORK, WAITRESS))
    later = None if own is None or waitress is None else own - waitress
    goals.append(Goal("an event arrives, ms later than W's", 1, later, most=True))
    goals.append(Goal("1 MB upload: x W", 2, over(UNCORK, "1 MB upload")))
    starts = (("as a unit starts it", UNIT), ("as it is typed", UNCORK))
    goals += [
        Goal(f"first answer, {how}: of W's", 1.15, over(name, "start"), most=True)
        for how, name in starts
    ]
    heavy = results.ratio(UNCORK_2, UNCORK, "memory with 200 MB")
    goals.append(Goal("memory of two processes with 200 MB, of one's", 1.15, heavy, most=True))
    return goals


def servers(results: Results) -> list[list[str]]:
    """The table of what a server is like."""

    def times_w(figure: str) -> report.Cell:
        return lambda found, name: report.times(found.ratio(name, WAITRESS, figure))

    columns = {
        "hello, 16: x W": times_w("hello, 16"),
        "x F": lambda found, name: report.times(found.ratio(name, FLASK, "hello, 16")),
        "p99 ms": lambda found, name: number(found.median(name, "p99 of hello, 16")),
        "of the bare loop": lambda found, name: report.times(
            found.ratio(name, name, "hello, 16", "bare")
        ),
        "per second of processor: x W": times_w("per second of processor"),
        "event delay, ms": lambda found, name: number(found.median(name, "event delay")),
        "memory, MB": lambda found, name: number(found.median(name, "memory")),
        "first answer: x W": times_w("first answer"),
    }
    return table(results, columns)


def workloads(results: Results) -> list[list[str]]:
    """The table of rates, as ratios to waitress's."""

    def times_w(figure: str) -> report.Cell:
        return lambda found, name: report.times(found.ratio(name, WAITRESS, figure))

    return table(results, {each.name: times_w(each.name) for each in WORKLOADS})


def chart(results: Results) -> str:
    """The workloads that differ most, as bars."""
    lines = {"hello, 16": 1.6, "hello, 128": 1.6, "5 ms of waiting": 3.0, "1 MB upload": 2.0}
    groups = []
    for figure in ("hello, 16", "hello, 128", "5 ms of waiting", "2 ms of Python", "1 MB upload"):
        ratios = {name: results.ratio(name, WAITRESS, figure) for name in results.names}
        bars = [
            Bar(name, None if found is None else found.median, own=name in {UNCORK, UNCORK_2})
            for name, found in ratios.items()
            if name != CONTROL
        ]
        groups.append(Group(figure, tuple(bars), lines.get(figure)))
    return bar_chart(
        "Answers a second beside stock waitress",
        "1 is waitress-serve with its defaults; dashed: the goal for one process",
        groups,
    )


if __name__ == "__main__":
    sys.exit(main())
