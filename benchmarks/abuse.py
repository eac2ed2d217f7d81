"""What ``uncork serve`` withstands beside the servers that people use: goals 3 and 5.

``python benchmarks/abuse.py [--rounds N] [--quick] [--write]``

Four attacks, a thousand clients at once, a stop in the middle of work, and restarts
under load, against every server, in a shuffled order, in rounds. Under an attack
the rate of ordinary requests is compared with the same server's own rate just
before; servers that have no goals are attacked in the first three rounds only. About
6 minutes; ``--quick`` takes one, and attacks fewer. Everything stays on loopback.
Needs wrk on PATH. ``--write`` puts tables and chart into docs/explanation.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import peers, report  # noqa: E402 - found only now
from benchmarks.chart import Bar, Group, bar_chart  # noqa: E402
from benchmarks.figures import NEVER, Goal, Results, as_text, goal_rows, number, table  # noqa: E402
from benchmarks.load import clients, clients_at_work, rate  # noqa: E402
from benchmarks.peers import CONTROL, UNCORK, UNCORK_2, WAITRESS, Peer, PeerError  # noqa: E402
from benchmarks.restarts import ENOUGH, RESTARTS, restart_all  # noqa: E402

ATTACKS = {"slow headers": 500, "slow bodies": 64, "slow readers": 64, "idle": 500}
"""How many connections each has."""
CROWD = 1000
CROWD_SECONDS = 5.0
CONNECTIONS = 16
SLOW_REQUESTS = 24
SLOW_SECONDS = 0.5
OPEN_FILES = 1024
"""What a shell and a service manager give a process: the soft limit of systemd.exec(5)."""
KEPT = {WAITRESS, UNCORK, UNCORK_2}
OWN_ROUNDS = 7
OTHERS_ROUNDS = 3
SLOW_ROUNDS = 2
"""Rounds of what spreads little, and takes seconds where it fails."""
_SETTLE = {"slow readers": 1.5}
"""Seconds that an attack gets to take hold; the others get `_SETTLE_AT_LEAST`. Sixty-four downloads
that begin at once keep any server that reads its app ahead busy for a second; what is
measured is what follows, for as long as the readers stay."""
_SETTLE_AT_LEAST = 0.3


def main() -> int:
    """Measure and tell; returns 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=report.Verbatim)
    report.add_options(parser, rounds=OWN_ROUNDS)
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    started = time.monotonic()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))
    try:
        with peers.Bench() as bench:
            results = measure(bench, rounds, quick=options.quick)
    except PeerError as error:
        sys.exit(f"error: {error}")
    goals = find_goals(results)
    tables = [attacks(results), stops(results), restarts(results), goal_rows(goals)]
    print("\n\n".join(as_text(rows) for rows in tables))
    head = f"{report.machine()}; {rounds} rounds, {report.span(time.monotonic() - started)}."
    print("", head, *results.failures, sep="\n")
    if options.write:
        report.write("abuse", head, tables, results.failures)
        report.write_chart("abuse.svg", chart(results))
    return 0 if all(goal.met is not False for goal in goals) else 1


def measure(bench: peers.Bench, rounds: int, *, quick: bool) -> Results:
    """Every figure of every server, round by round."""
    found = [peer for peer in peers.all_peers(bench) if peer.name != CONTROL]
    names = [peer.name for peer in found]
    results = Results([*names, *(each.name for each in RESTARTS if each.name not in names)])
    for each in range(1, rounds + 1):
        peers.tell(f"round {each} of {rounds}")
        for peer in random.sample(found, len(found)):
            if peer.name in KEPT or each <= (0 if quick else OTHERS_ROUNDS):
                _attack(bench, peer, results, 0.2 if quick else 0.4)
            if each <= SLOW_ROUNDS:
                _crowd(bench, peer, results, 2.0 if quick else CROWD_SECONDS)
                _stop(bench, peer, results)
    peers.tell("restarts")
    restart_all(bench, results, times=1 if quick else 10, pace=0.4 if quick else 1.0)
    return results


def _attack(bench: peers.Bench, peer: Peer, results: Results, seconds: float) -> None:
    """Each attack, and ordinary requests before and during it.

    A server that an attack has left unable to answer is started anew.
    """
    running = _started(bench, peer, results)
    for kind in random.sample(list(ATTACKS), len(ATTACKS)):
        kept = slower = None
        if running is not None:
            rate(running.url, CONNECTIONS, 0.1, bench.folder)
            before = rate(running.url, CONNECTIONS, seconds, bench.folder)
            with clients_at_work("attack", running.port, kind, ATTACKS[kind]):
                time.sleep(_SETTLE.get(kind, _SETTLE_AT_LEAST))
                during = rate(running.url, CONNECTIONS, seconds, bench.folder)
            if before.rate:
                kept = during.rate / before.rate
                # Of an answer or two there is no p99.
                enough = during.requests > 100  # noqa: PLR2004 - a p99 needs as many
                slower = during.p99 / before.p99 if enough else NEVER
            if not running.answers(timeout=1.0):
                running.kill()
                running = _started(bench, peer, results)
        results.add(peer.name, kind, kept)
        results.add(peer.name, f"p99 under {kind}", slower)
    if running is not None:
        running.kill()


def _crowd(bench: peers.Bench, peer: Peer, results: Results, seconds: float) -> None:
    """A thousand clients at once, which keep their connections."""
    found = None
    running = _started(bench, peer, results)
    if running is not None:
        running.answers()
        found = clients("crowd", running.port, CROWD, seconds)
        running.kill()
    results.add(peer.name, "crowd answered", found and found["answered"])
    results.add(peer.name, "crowd seconds", found and found["seconds"])


def _stop(bench: peers.Bench, peer: Peer, results: Results) -> None:
    """SIGTERM while requests run and are queued, and a slow download is under way."""
    found, taken, status = None, None, None
    running = _started(bench, peer, results)
    if running is not None:
        with clients_at_work("flight", running.port, SLOW_REQUESTS, SLOW_SECONDS) as work:
            time.sleep(0.2)
            began = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            out, _ = work.communicate(timeout=60)
            found = json.loads(out.splitlines()[-1])
            status = running.stop()
            taken = time.monotonic() - began
    results.add(peer.name, "stop finished", found and found["finished"])
    results.add(peer.name, "stop download", found and found["download"])
    results.add(peer.name, "stop seconds", taken)
    results.add(peer.name, "stop status", status)


def _started(bench: peers.Bench, peer: Peer, results: Results) -> peers.Running | None:
    try:
        return bench.start(peer)
    except PeerError as error:
        results.failed(peer.name, str(error))
        return None


def find_goals(results: Results) -> list[Goal]:
    """What was to be reached, and what was."""
    goals = []
    for name in (UNCORK, UNCORK_2):
        goals += [
            Goal(
                f"{CROWD:,} clients at once, all answered: {name}, seconds",
                1,
                results.median(name, "crowd seconds"),
                most=True,
            )
        ]
        goals += [
            Goal(f"the rate under {kind}: {name}", 0.75, results.quarters(name, kind))
            for kind in ATTACKS
        ]
        goals += [
            Goal(
                f"p99 under {kind}, x unattacked: {name}",
                2,
                results.quarters(name, f"p99 under {kind}"),
                most=True,
            )
            for kind in ATTACKS
        ]
        goals += [
            Goal(
                f"SIGTERM: finished of {SLOW_REQUESTS} running and queued: {name}",
                SLOW_REQUESTS,
                results.least(name, "stop finished"),
            ),
            Goal(f"SIGTERM: the slow download: {name}", 1, results.least(name, "stop download")),
        ]
    for each in RESTARTS:
        if each.own:
            goals += [
                Goal(f"requests failed: {each.name}", 0, results.median(each.name, "failed"), True),
                Goal(f"requests asked: {each.name}", ENOUGH, results.median(each.name, "asked")),
            ]
        if each.own and each.reload:
            later = results.median(each.name, "later")
            goals.append(
                Goal(f"the slowest request, ms later than usual: {each.name}", 150, later, True)
            )
    return goals


def attacks(results: Results) -> list[list[str]]:
    """The table of attacks: the share of the rate that is left, and how the p99 grows."""

    def kept(kind: str) -> report.Cell:
        return lambda found, name: number(found.median(name, kind))

    def slower(kind: str) -> report.Cell:
        return lambda found, name: number(found.median(name, f"p99 under {kind}"))

    columns: dict[str, report.Cell] = {}
    for kind, count in ATTACKS.items():
        columns[f"{count} {kind}: rate"] = kept(kind)
        columns[f"{kind}: p99 x"] = slower(kind)
    return table(results, columns, lambda name: bool(results.series(name, "stop status")))


def stops(results: Results) -> list[list[str]]:
    """The table of clients at once and of SIGTERM."""

    def median(figure: str) -> report.Cell:
        return lambda found, name: number(found.median(name, figure))

    def download(found: Results, name: str) -> str:
        whole = found.least(name, "stop download")
        return "-" if whole is None else "whole" if whole else "cut"

    columns: dict[str, report.Cell] = {
        f"of {CROWD:,} at once answered": median("crowd answered"),
        "within, s": median("crowd seconds"),
        f"SIGTERM: of {SLOW_REQUESTS} finished": median("stop finished"),
        "download": download,
        "ended after, s": median("stop seconds"),
        "exit status": median("stop status"),
    }
    return table(results, columns, lambda name: bool(results.series(name, "stop status")))


def restarts(results: Results) -> list[list[str]]:
    """The table of restarts under load."""

    def median(figure: str) -> report.Cell:
        return lambda found, name: number(found.median(name, figure))

    columns = {
        "restarts": median("restarts"),
        "requests": median("asked"),
        "failed": median("failed"),
        "slowest, ms": median("slowest"),
        "slowest without restarts, ms": median("usual"),
    }
    return table(results, columns, lambda name: bool(results.series(name, "asked")))


def chart(results: Results) -> str:
    """What is left of the rate under each attack, as bars."""
    groups = []
    names = [name for name in results.names if results.series(name, "idle")]
    for kind, count in ATTACKS.items():
        bars = [
            Bar(name, results.median(name, kind), own=name in {UNCORK, UNCORK_2}) for name in names
        ]
        groups.append(Group(f"{count} connections: {kind}", tuple(bars), 0.75))
    return bar_chart(
        "What is left of the rate under attack",
        "1 is the same server's rate just before; dashed: the goal",
        groups,
    )


if __name__ == "__main__":
    sys.exit(main())
