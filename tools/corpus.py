"""Run check and migrate over a folder of projects, and tell what became of each script.

Each sub-folder of DIR is a project with one or more scripts; scripts may also lie in DIR
itself. Nothing is written into DIR, and none of the code that is found there is run. Run
it with the Python of the development environment::

    .venv/bin/python tools/corpus.py ~/projects

It ends with 1 if uncork failed on a script: a traceback, a broken invariant or a target
that took too long. What migrate declines is no failure.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from multiprocessing import Pool
from multiprocessing import TimeoutError as NoAnswer
from pathlib import Path, PurePosixPath
from statistics import fmean
from typing import TYPE_CHECKING, NoReturn

from uncork.analysis.runner import runs_an_app
from uncork.checks.run import check_project
from uncork.codemods.base import MigrationOptions
from uncork.discovery.load import load_project
from uncork.discovery.target import Target
from uncork.errors import InvariantError, SourceError, UncorkError
from uncork.plan import make_plan
from uncork.render.diff import plan_diff
from uncork.rules import catalogue
from uncork.source.file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import FrameType

MIGRATED, FINE, DECLINED = "migrated", "already fine", "declined"
UNPARSABLE, NO_APP, FAILED = "can't be parsed", "runs no app", "failed"
KINDS = (MIGRATED, FINE, DECLINED, UNPARSABLE, FAILED, NO_APP)
RUNS_AN_APP = KINDS[:-1]
"""The kinds that percentages are of."""

_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist"}
# Besides what uncork takes for a script, so that one that it misses shows as "runs no app".
_WEB = re.compile(
    rb"^\s*(?:from|import)\s+(?:flask|dash|quart|connexion|werkzeug|waitress)", re.MULTILINE
)
_STARTS = re.compile(rb"\.run\w*\(|\bserve\w*\(|\brun_simple\(|_server\(|__main__")
_SLACK = 30.0
"""Seconds beyond the time limit after which a silent worker is taken for dead."""


@dataclass(frozen=True)
class Outcome:
    """What became of one script.

    Args:
        script: its path, relative to the folder of projects.
        kind: one of `KINDS`.
        codes: of the diagnostics that decline it, each once.
        findings: the codes that check reports, each once.
        reasons: the same diagnostics in full, or what failed.
        check: the seconds that check took.
        migrate: the seconds that making the plan took.
        diff: the plan as a diff; '' if there is none.
    """

    script: str
    kind: str
    codes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    check: float = 0.0
    migrate: float = 0.0
    diff: str = field(default="", repr=False)


class OutOfTimeError(Exception):
    """A script took longer than the limit."""


def main() -> int:
    """Look at every script and tell; returns the exit status."""
    arguments = _arguments()
    root = Path(arguments.folder).resolve()
    if not root.is_dir():
        print(f"error: there is no folder {arguments.folder}", file=sys.stderr)
        return 2
    if arguments.diffs and Path(arguments.diffs).resolve().is_relative_to(root):
        print(f"error: --diffs would write into {arguments.folder}", file=sys.stderr)
        return 2
    scripts, copies = _distinct(candidates(root))
    started = time.monotonic()
    outcomes: list[Outcome] = []
    interrupted = False
    try:
        for outcome in _outcomes(root, scripts, arguments.jobs, arguments.limit):
            outcomes.append(outcome)
            _progress(len(outcomes), len(scripts), outcome)
    except KeyboardInterrupt:
        interrupted = True
    _progress(len(outcomes), len(scripts), None)
    outcomes.sort(key=lambda outcome: outcome.script)
    seconds = time.monotonic() - started
    if arguments.diffs:
        _write_diffs(Path(arguments.diffs), outcomes)
    if arguments.json:
        print(json.dumps(_as_json(outcomes, copies, seconds), indent=1))
    else:
        print("\n".join([*_lines(outcomes), "", *_totals(outcomes, copies, seconds)]))
    if interrupted:
        left = len(scripts) - len(outcomes)
        print(f"interrupted: {left} scripts were not looked at", file=sys.stderr)
        return 130
    return 1 if any(outcome.kind == FAILED for outcome in outcomes) else 0


def _arguments() -> argparse.Namespace:
    head, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=head, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", metavar="DIR", help="the folder of projects")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--diffs", metavar="FOLDER", help="write the plans there, as diffs")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="how many at once [processors]"
    )
    parser.add_argument(
        "--limit", type=float, default=60.0, help="seconds for each script [%(default)s]"
    )
    return parser.parse_args()


def candidates(root: Path) -> Iterator[Path]:
    """Every Python file that imports a web framework and may start an app."""
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if _is_own(Path(parent, name)))
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix == ".py" and path.is_file() and _may_start_an_app(path):
                yield path


def _is_own(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _SKIPPED
    return not hidden and not (folder / "pyvenv.cfg").exists()


def _may_start_an_app(path: Path) -> bool:
    content = path.read_bytes()
    if not _STARTS.search(content):
        return False
    try:
        return bool(_WEB.search(content)) or runs_an_app(SourceFile(PurePosixPath("."), content))
    except SourceError:
        return False


def _distinct(paths: Iterable[Path]) -> tuple[list[Path], int]:
    """The first of each group of equal scripts, and how many were left out."""
    found: dict[bytes, Path] = {}
    copies = 0
    for path in paths:
        digest = sha256(path.read_bytes()).digest()
        copies += digest in found
        found.setdefault(digest, path)
    return list(found.values()), copies


def _outcomes(root: Path, scripts: Sequence[Path], jobs: int, limit: float) -> Iterator[Outcome]:
    """What became of each script, as the workers finish."""
    tasks = [(root, path, limit) for path in scripts]
    # Leaving the block ends the workers, also on Ctrl-C, which they themselves ignore.
    with Pool(max(1, jobs), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        answers = pool.imap_unordered(_examine, tasks)
        try:
            for _ in tasks:
                yield answers.next(limit + _SLACK)
        except NoAnswer:
            # Which script it was is not known: a crash of the interpreter itself.
            yield Outcome("?", FAILED, reasons=("a worker died, and the rest was given up",))


def _examine(task: tuple[Path, Path, float]) -> Outcome:
    root, path, limit = task
    name = path.relative_to(root).as_posix()
    signal.signal(signal.SIGALRM, _out_of_time)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, limit)
            return examine(name, path)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this program looks for
        last = traceback.format_exception_only(error)[-1].strip()
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        return Outcome(name, FAILED, reasons=(f"{last} ({where})",))


def _out_of_time(_number: int, _frame: FrameType | None) -> NoReturn:
    raise OutOfTimeError("the time limit was reached")


def examine(name: str, path: Path) -> Outcome:
    """Check one script and plan its migration.

    Args:
        name: what to call it.
        path: where it is.
    """
    project = load_project(Target(path.parent, script=path))
    try:
        started = time.monotonic()
        findings = check_project(project)
        checked = time.monotonic()
        plan = make_plan(project, MigrationOptions())
        planned = time.monotonic()
    except SourceError as error:
        return Outcome(name, _refused(path), reasons=(error.fact,))
    except InvariantError as error:
        return Outcome(name, FAILED, reasons=(f"InvariantError: {error.fact}",))
    except UncorkError as error:
        return Outcome(name, DECLINED, (type(error).__name__,), reasons=(error.fact,))
    kind = DECLINED if plan.declined else MIGRATED if plan.changes else FINE
    reasons = [f"{d.place.line or ''}: {d.rule.code} {d.message}" for d in plan.declined]
    return Outcome(
        name,
        kind,
        codes=tuple(sorted({d.rule.code for d in plan.declined})),
        findings=tuple(sorted({d.rule.code for d in findings if d.rule.code.startswith("UNC1")})),
        reasons=tuple(dict.fromkeys(reasons)),
        check=checked - started,
        migrate=planned - checked,
        diff=plan_diff(plan) if plan.changes else "",
    )


def _refused(path: Path) -> str:
    """The kind of a script that is refused as source: where it runs an app, that is a failure."""
    try:
        return (
            FAILED
            if runs_an_app(SourceFile(PurePosixPath(path.name), path.read_bytes()))
            else NO_APP
        )
    except SourceError:
        return UNPARSABLE


def _progress(done: int, total: int, outcome: Outcome | None) -> None:
    """One line on a terminal's stderr, which the next one replaces."""
    if sys.stderr.isatty():
        text = f"{done}/{total} {outcome.script}" if outcome else ""
        print(f"\r\x1b[K{text[:78]}", end="", file=sys.stderr, flush=True)


def _write_diffs(folder: Path, outcomes: Iterable[Outcome]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for outcome in outcomes:
        if outcome.diff:
            text = outcome.diff.encode("utf-8", "surrogateescape")
            (folder / f"{outcome.script.replace('/', '__')}.diff").write_bytes(text)


def _lines(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each script, and below it what declines it or what failed."""
    for outcome in outcomes:
        spent = f"{1000 * (outcome.check + outcome.migrate):6.0f} ms" if outcome.migrate else ""
        codes = f"  {', '.join(outcome.codes)}" if outcome.codes else ""
        yield f"{outcome.kind:15} {spent:9}  {outcome.script}{codes}"
        if outcome.kind != NO_APP:
            yield from (f"{'':28}{reason}" for reason in outcome.reasons)


def _totals(outcomes: Sequence[Outcome], copies: int, seconds: float) -> Iterator[str]:
    counts = Counter(outcome.kind for outcome in outcomes)
    apps = sum(counts[kind] for kind in RUNS_AN_APP)
    for kind in RUNS_AN_APP:
        yield f"{kind:15} {counts[kind]:5}  {_share(counts[kind], apps)}"
    yield f"{'run an app':15} {apps:5}"
    yield f"{NO_APP:15} {counts[NO_APP]:5}  not counted above"
    yield f"{'copies':15} {copies:5}  of a script that is counted"
    ready = counts[MIGRATED] + counts[FINE]
    yield f"\nmigrated or already fine: {_share(ready, apps).strip()} of {apps} in {seconds:.1f} s"
    yield f"with every project counted once: {_by_project(outcomes)}"
    yield from _times(outcomes)
    if counts[DECLINED]:
        yield "\ndeclined by code                    scripts          that alone"
        yield from _by_code(outcomes, apps)


def _by_project(outcomes: Iterable[Outcome]) -> str:
    """The share of what is ready, as the mean over the sub-folders: a large one counts once."""
    kinds: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.kind in RUNS_AN_APP:
            kinds.setdefault(outcome.script.partition("/")[0], []).append(outcome.kind)
    shares = [sum(k in (MIGRATED, FINE) for k in group) / len(group) for group in kinds.values()]
    return f"{100 * fmean(shares):.1f} % of {len(shares)}" if shares else "-"


def _times(outcomes: Iterable[Outcome]) -> Iterator[str]:
    planned = [outcome for outcome in outcomes if outcome.migrate]
    for name in ("check", "migrate"):
        spent = sorted((float(getattr(outcome, name)), outcome.script) for outcome in planned)
        if spent:
            middle, (most, slowest) = 1000 * spent[len(spent) // 2][0], spent[-1]
            yield f"{name:8} {middle:.0f} ms median, {1000 * most:.0f} ms at most ({slowest})"


def _by_code(outcomes: Iterable[Outcome], apps: int) -> Iterator[str]:
    """How many scripts each code declines, and how many of them nothing else declines."""
    declined = [outcome for outcome in outcomes if outcome.kind == DECLINED]
    names = {rule.code: rule.name for rule in catalogue()}
    counts = Counter(code for outcome in declined for code in outcome.codes)
    alone = Counter(outcome.codes[0] for outcome in declined if len(outcome.codes) == 1)
    for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        name = f"{code} {names.get(code, '')}"
        yield (
            f"{name:35} {count:5}  {_share(count, apps)}   {alone[code]:5}  "
            f"{_share(alone[code], apps)}"
        )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "    - %"


def _as_json(outcomes: Sequence[Outcome], copies: int, seconds: float) -> dict[str, object]:
    counts = Counter(outcome.kind for outcome in outcomes)
    return {
        "version": 1,
        "seconds": round(seconds, 3),
        "copies": copies,
        "totals": {kind: counts[kind] for kind in KINDS},
        "scripts": [
            {key: value for key, value in asdict(outcome).items() if key != "diff"}
            for outcome in outcomes
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
