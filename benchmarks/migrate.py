"""What uncork's commands cost above bare Python: start-up, migrate and check, on made-up projects.

``python benchmarks/migrate.py [ROUNDS]``

Each round starts every command and bare Python in an order that changes, so that what
else the machine does meets all of them; the medians of the rounds' differences are
told. The projects are generated: an app of the size that is asked for, with views,
classes, options and start-up work, and for check a tree that the app imports as a
whole, so that no file of it may be passed over. Public scripts have 4.4 nodes of their
syntax tree a line, comments and blank lines counted, and so has the tree, at least. Memory
is the process's own peak above bare Python's (Linux alone tells it).
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROUNDS = 11
_WEIGHED = """
import atexit, runpy, sys
lines = lambda: open("/proc/self/status").read().splitlines()
atexit.register(lambda: print(*(line for line in lines() if "VmHWM" in line), file=sys.stderr))
sys.argv = sys.argv[2:]
runpy.run_module("uncork", run_name="__main__") if sys.argv[0] == "uncork" else None
"""
"""Runs ``-m uncork`` or nothing, and tells its peak: what the kernel tells the parent
(ru_maxrss) begins with the parent's own.
"""
EACH_MS = 25
"""For each further 1,000 lines of a script that is migrated."""
MODULES, TREE_LINES = 250, 100_000

SCRIPT_HEAD = '''\
"""A greeter with many views."""

import argparse
import json
import time

from flask import Flask, jsonify, request

app = Flask(__name__)
greeter = None


class Greeter:
    """Greets, and counts how often."""

    def __init__(self, limit):
        self.limit = limit
        self.count = 0

    def greet(self, greeting):
        self.count = min(self.count + 1, self.limit)
        return {"greeting": greeting, "count": self.count}

    def close(self):
        self.count = 0


'''
VIEW = '''\
@app.route("/item/{number}/<name>", methods=["GET", "POST"])
def item_{number}(name):
    """Item {number}."""
    started = time.monotonic()
    if request.method == "POST":
        data = request.get_json(silent=True) or {{}}
        values = [value for value in data.values() if isinstance(value, (int, float))]
        if len(values) > {number}:
            return jsonify(error="too many values", limit={number}), 400
        total = sum(values) + {number}
    else:
        total = int(request.args.get("total", "{number}"))
    answer = greeter.greet(args.greeting)
    answer.update(name=name, total=total, taken=time.monotonic() - started)
    return json.dumps(answer, sort_keys=True)


'''
SCRIPT_END = """\
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5300, help="the port")
    parser.add_argument("--greeting", default="Hello", help="what is said")
    parser.add_argument("--limit", type=int, default=10, help="how often")
    args = parser.parse_args()
    greeter = Greeter(args.limit)
    app.run(host=args.host, port=args.port)
    greeter.close()
"""
MODULE = '''\
"""Part {number} of the app."""

import os
from dataclasses import dataclass

from flask import Blueprint, current_app, request

pages = Blueprint("pages_{number}", __name__)
CACHE = {{}}


@dataclass
class Record{number}:
    """A record."""

    name: str
    value: int = {number}

    def score(self, weights):
        """How much it counts."""
        return sum(weight * self.value for weight in weights if weight > 0)


'''
MODULE_VIEW = '''\
@pages.route("/part/{number}/{view}")
def view_{view}():
    """View {view} of part {number}.

    The records are read from the file that the key names, once for all requests.
    What is asked for often is kept.
    """
    # Keys come from a list that the page shows, so that none is made up.
    key = request.args.get("key", "{view}")
    if key not in CACHE:
        path = os.path.join(current_app.root_path, key)
        with open(path, encoding="utf-8") as file:
            CACHE[key] = [line.strip() for line in file if line]

    # A name that is longer counts more.
    records = [Record{number}(name, len(name)) for name in CACHE[key]]
    return {{
        "number": {number},
        "view": {view},
        "score": sum(
            record.score([1, 2, {view}])
            for record in records
        ),
    }}


'''


@dataclass
class Command:
    """A command, what it may cost, and what it did cost.

    Args:
        words: its command line.
        folder: where it is run.
        status: the exit status that it ends with.
        goal_ms: milliseconds above bare Python that it may take; None, no goal of its own.
        goal_mb: megabytes of memory above bare Python that it may take.
    """

    words: list[str]
    folder: Path
    status: int = 0
    goal_ms: float | None = None
    goal_mb: float | None = None
    times: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Run it once and keep how long it took.

        Raises:
            SystemExit: it ended otherwise than it should, so that its time means nothing.
        """
        start = time.perf_counter()
        process = self._process([sys.executable, *self.words])
        self.times.append((time.perf_counter() - start) * 1000)
        if process.returncode != self.status:
            sys.exit(f"{' '.join(self.words)} ended with {process.returncode}: {process.stderr}")

    def weigh(self) -> None:
        """Run it once and keep the most memory that it had."""
        process = self._process([sys.executable, "-c", _WEIGHED, *self.words])
        self.memory.append(int(process.stderr.split()[-2]) / 1024)

    def _process(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False)


def main() -> int:
    """Measure and tell; returns 1 where a goal is missed."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        commands = commands_in(Path(folder))
        for number in range(rounds + 1):
            order = list(commands.values())
            random.shuffle(order)
            for command in order:
                command.run()
                if not number:
                    # The first round fills the caches of bytecode and of the disk.
                    command.times.clear()
        for command in commands.values():
            command.weigh()
    return 0 if tell(commands, rounds) else 1


def commands_in(folder: Path) -> dict[str, Command]:
    """The commands by what they are called in the report; the projects are made."""
    uncork = ["-m", "uncork"]
    plan = [*uncork, "migrate", "server.py"]
    small, large = folder / "small", folder / "large"
    for place, lines in ((small, 1_000), (large, 5_000)):
        place.mkdir()
        (place / "server.py").write_text(script(lines))
    tree = folder / "tree"
    make_tree(tree)
    return {
        "python -c pass": Command(["-c", "pass"], folder),
        "uncork --help": Command([*uncork, "--help"], folder, goal_ms=100),
        "uncork explain": Command([*uncork, "explain"], folder),
        "migrate, 1,000 lines": Command(plan, small, 1, goal_ms=150, goal_mb=45),
        "migrate, 5,000 lines": Command(plan, large, 1),
        "check, 1,000 lines": Command([*uncork, "check", "server.py"], small, 1),
        "check, 100,000 lines": Command([*uncork, "check", "server.py"], tree, 1, goal_ms=2000),
    }


def script(lines: int) -> str:
    """A script of at least so many lines whose main block does what migrate moves."""
    per_view = VIEW.count("\n")
    views = (VIEW.format(number=number) for number in range(lines // per_view + 1))
    return SCRIPT_HEAD + "".join(views) + SCRIPT_END


def make_tree(folder: Path) -> None:
    """A project of many modules that the script imports, each with views of its own."""
    folder.mkdir()
    names = [f"part_{number}" for number in range(MODULES)]
    per_module = (TREE_LINES - 1_000) // MODULES
    for number, name in enumerate(names):
        text = MODULE.format(number=number)
        views = (per_module - text.count("\n")) // MODULE_VIEW.count("\n") + 1
        text += "".join(MODULE_VIEW.format(number=number, view=view) for view in range(views))
        (folder / f"{name}.py").write_text(text)
    imports = "".join(f"import {name}\n" for name in names)
    head = SCRIPT_HEAD.replace("\napp = ", f"\n{imports}\napp = ")
    (folder / "server.py").write_text(head + SCRIPT_END)


def tell(commands: dict[str, Command], rounds: int) -> bool:
    """Print the medians above bare Python; returns whether every goal is met."""
    bare = commands["python -c pass"]
    print(f"python -c pass          {statistics.median(bare.times):7.1f} ms, {rounds} rounds")
    all_met = True
    above: dict[str, float] = {}
    for name, command in commands.items():
        if command is bare:
            continue
        above[name] = statistics.median(
            own - base for own, base in zip(command.times, bare.times, strict=True)
        )
        memory = statistics.median(command.memory) - statistics.median(bare.memory)
        line = f"{name:<22} {above[name]:+8.1f} ms {memory:+6.1f} MB"
        for value, goal, unit in (
            (above[name], command.goal_ms, "ms"),
            (memory, command.goal_mb, "MB"),
        ):
            if goal is not None:
                all_met &= value <= goal
                line += f"   goal {goal:g} {unit}: {_said(value <= goal)}"
        print(line)
    each = (above["migrate, 5,000 lines"] - above["migrate, 1,000 lines"]) / 4
    met = each <= EACH_MS
    print(f"each further 1,000 lines of migrate: {each:.1f} ms   goal {EACH_MS} ms: {_said(met)}")
    return all_met and met


def _said(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
