"""What ``uncork --help`` costs above bare Python: the goal is 100 ms.

``python benchmarks/startup.py [ROUNDS]``

Each round starts both, in an order that changes, so that what else the machine does
meets both; the medians of the rounds' differences and ratios are told.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time

GOAL_MS = 100.0
BARE = [sys.executable, "-c", "pass"]
COMMANDS = {
    "uncork --help": [sys.executable, "-m", "uncork", "--help"],
    "uncork --version": [sys.executable, "-m", "uncork", "--version"],
    "uncork explain": [sys.executable, "-m", "uncork", "explain"],
}


def main() -> int:
    """Measure and tell; returns 1 where ``uncork --help`` misses the goal."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else 21
    times: dict[str, list[float]] = {name: [] for name in ["python -c pass", *COMMANDS]}
    for number in range(rounds + 1):
        entries = [("python -c pass", BARE), *COMMANDS.items()]
        random.shuffle(entries)
        for name, command in entries:
            taken = milliseconds(command)
            # The first round fills the caches of bytecode and of the disk.
            if number:
                times[name].append(taken)
    bare = times.pop("python -c pass")
    print(f"python -c pass       {statistics.median(bare):6.1f} ms, {rounds} rounds")
    above = {name: statistics.median(map(_minus, own, bare)) for name, own in times.items()}
    for name, own in times.items():
        ratio = statistics.median(map(_over, own, bare))
        print(f"{name:<20} {above[name]:+6.1f} ms, x {ratio:.1f}")
    met = above["uncork --help"] <= GOAL_MS
    print(
        f"goal: uncork --help within {GOAL_MS:.0f} ms of bare Python: {'met' if met else 'MISSED'}"
    )
    return 0 if met else 1


def milliseconds(command: list[str]) -> float:
    """How long a command takes from start to end."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


def _minus(taken: float, bare: float) -> float:
    return taken - bare


def _over(taken: float, bare: float) -> float:
    return taken / bare


if __name__ == "__main__":
    sys.exit(main())
