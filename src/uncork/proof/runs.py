"""Decides which runs prove a change, has them observed and compared.

The old script is observed twice, which teaches its noise; then the new one as a script
and under WSGI; then all three once more for each option with another value. Where
something differs, old and new are observed again before it is believed: noise that two
runs did not show must not become an alarm.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from uncork.discovery.load import load_project
from uncork.discovery.target import Target
from uncork.proof.allowances import added_keys
from uncork.proof.channel import end_all
from uncork.proof.comparison import SECRET, Comparison, Difference, compare, merged, noisy_fields
from uncork.proof.footprint import footprints
from uncork.proof.isolation import (
    START_SECONDS,
    Bench,
    Task,
    is_missed,
    prepare,
    run_in_copies,
    run_isolated,
)
from uncork.proof.observation import Field, Observation, observation
from uncork.proof.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Literal

    from uncork.changes import FileChange
    from uncork.proof.footprint import Footprint

MORE_OLD, MORE_NEW = 8, 2
"""How often old and new are observed again where they differ: a coin shows one side only
once in 512 times."""

_COMPARED = {
    "route": "routes",
    "answer": "answers",
    "config": "settings",
    "hook": "kinds of hooks",
    "error handler": "error handlers",
    "extension": "extensions",
    "thread": "threads",
    "file": "files written",
}


@dataclass(frozen=True)
class Case:
    """One command line and what means the same under WSGI.

    Args:
        title: how it is called in a report; empty for the given one.
        arguments: the script's command line.
        settings: the environment of the WSGI server.
    """

    title: str
    arguments: tuple[str, ...]
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """The observations of one case."""

    case: Case
    old: tuple[Observation, ...]
    script: tuple[Observation, ...]
    wsgi: tuple[Observation, ...]


@dataclass(frozen=True)
class Trees:
    """The two trees as what differs from the disk."""

    old: Mapping[str, bytes | None]
    new: Mapping[str, bytes | None]
    added: frozenset[str]


def verify_change(
    folder: Path,
    script: str,
    changes: Sequence[FileChange],
    entry: str,
    interpreter: Path,
    *,
    arguments: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    variants: Sequence[tuple[tuple[str, ...], Mapping[str, str]]] = (),
    isolation: Literal["auto", "none"],
    progress: Callable[[str], None],
    seconds: int = START_SECONDS,
) -> Report:
    """Prove that a change leaves an app's behaviour as it was.

    No file in `folder` is touched, whichever of the two trees stands there.

    Args:
        folder: the absolute folder that the app is started from.
        script: the script, relative to the folder.
        changes: the difference between the old tree and the new one.
        entry: the new app's ``module:factory`` or ``module:app``.
        interpreter: the app's own.
        arguments: the script's command line.
        settings: the environment that means the same to the new app under WSGI.
        variants: for each option another value, as arguments and as environment.
        isolation: ``auto``, by namespaces; ``none``, in throw-away copies alone.
        progress: is told a line at a time what happens.
        seconds: how long one run may take.

    Raises:
        NotProvedError: the system does not allow isolation, and it was asked for.
        UsageError: the interpreter can't be run.
    """
    begun = time.monotonic()
    bench = prepare(folder, script, entry, interpreter, seconds=seconds)
    trees = Trees(
        {change.path: change.before for change in changes},
        {change.path: change.after for change in changes},
        added_keys(changes),
    )
    found = footprints(_sources(bench, trees))
    _announce(bench, found, isolation, progress)
    given = Case("", tuple(arguments), dict(settings or {}))
    others = [_variant(given, *variant) for variant in variants]
    observer = Observer(bench, trees, isolated=isolation == "auto")
    report = observer.report(given, others)
    return replace(report, footprints=found, seconds=time.monotonic() - begun)


def _variant(given: Case, arguments: tuple[str, ...], settings: Mapping[str, str]) -> Case:
    title = " ".join(map(_without_secret, arguments))
    return Case(title, (*given.arguments, *arguments), {**given.settings, **settings})


def _without_secret(argument: str) -> str:
    name, equals, _ = argument.partition("=")
    return f"{name}=..." if equals and SECRET.search(name) else argument


def _sources(bench: Bench, trees: Trees) -> dict[str, bytes]:
    project = load_project(Target(bench.folder, script=bench.folder / bench.script))
    sources = {str(path): content for path, content in project.contents.items()}
    # Where both trees have a file, the old one tells what the user's own code names.
    changed = {path: c for path, c in {**trees.new, **trees.old}.items() if c is not None}
    return {path: c for path, c in {**sources, **changed}.items() if path.endswith(".py")}


def _announce(
    bench: Bench,
    found: Sequence[Footprint],
    isolated: Literal["auto", "none"],
    progress: Callable[[str], None],
) -> None:
    how = (
        "without network, in throw-away copies of the project and of HOME"
        if isolated == "auto"
        else "NOT isolated: in a throw-away copy of the project, with all else within its reach"
    )
    progress(f"verify: running {bench.script} and {bench.entry} with {bench.interpreter}, {how}")
    if found:
        named = ", ".join(f"{one.kind} {one.name} ({one.path}:{one.line})" for one in found)
        progress(f"verify: the code names {named}")


class Observer:
    """Runs cases, several at a time, and judges them.

    Args:
        bench: what all runs share.
        trees: the old and the new tree.
        isolated: whether to run in namespaces.
    """

    def __init__(self, bench: Bench, trees: Trees, *, isolated: bool) -> None:
        self.bench = bench
        self.trees = trees
        self.isolated = isolated
        self.runs = 0

    def report(self, given: Case, others: Sequence[Case]) -> Report:
        """Observe everything that is needed, and compare it."""
        (base,) = self.observe([given], old=2)
        broken = next((seen for seen in base.old if not seen.started), None)
        if broken is not None:
            return self._old_does_not_start(broken)
        seen = self._believed([base])
        differences = self._differences(seen[0])
        if not differences:
            # Where the given command line differs already, that is mended first.
            noise = noisy_fields(seen[0].old)
            varied = self._believed(self.observe(others, old=2 if noise else 1))
            differences = [d for one in varied for d in self._differences(one)]
            seen += varied
        return Report(
            self.bench.script,
            self.bench.entry,
            self.isolated,
            self.runs,
            0.0,
            compared=_counts(base.old[0]),
            variants=tuple(one.case.title for one in seen[1:]),
            noise=tuple(map(_shown, noisy_fields(seen[0].old))),
            differences=merged(differences),
            unproved=tuple(self._unproved(seen)),
            notes=tuple(self._notes(seen)),
        )

    def observe(
        self, cases: Sequence[Case], *, old: int, script: int = 1, wsgi: int = 1
    ) -> list[Seen]:
        """Run each case as the old script, the new script and the new app under WSGI."""
        tasks = [
            task
            for case in cases
            for task in (
                *[Task("script", self.trees.old, case.arguments)] * old,
                *[Task("script", self.trees.new, case.arguments)] * script,
                *[Task("wsgi", self.trees.new, settings=case.settings)] * wsgi,
            )
        ]
        results = iter(self._run_all(tasks))
        return [
            Seen(
                case,
                tuple(next(results) for _ in range(old)),
                tuple(next(results) for _ in range(script)),
                tuple(next(results) for _ in range(wsgi)),
            )
            for case in cases
        ]

    def _run_all(self, tasks: Sequence[Task]) -> list[Observation]:
        self.runs += len(tasks)
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            try:
                return list(pool.map(self._run, tasks))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                end_all()
                raise

    def _run(self, task: Task) -> Observation:
        run = run_isolated if self.isolated else run_in_copies
        left = run(self.bench, task)
        return observation(
            left.records,
            left.stdout,
            left.stderr,
            left.written,
            late=left.late,
            unreached=left.unreached,
        )

    def _believed(self, seen: Sequence[Seen]) -> list[Seen]:
        """Observe the cases that differ again, so that rare noise is not taken for a loss."""
        doubtful = [one for one in seen if self._differences(one)]
        if not doubtful:
            return list(seen)
        more = self.observe(
            [one.case for one in doubtful], old=MORE_OLD, script=MORE_NEW, wsgi=MORE_NEW
        )
        added = {id(one): extra for one, extra in zip(doubtful, more, strict=True)}
        return [
            Seen(
                one.case,
                one.old + added[id(one)].old,
                one.script + added[id(one)].script,
                one.wsgi + added[id(one)].wsgi,
            )
            if id(one) in added
            else one
            for one in seen
        ]

    def _differences(self, seen: Seen) -> list[Difference]:
        title = f", with {seen.case.title}" if seen.case.title else ""
        if not all(old.started for old in seen.old):
            return list(_accepted_now(seen, title))
        compared = partial(Comparison, added_keys=self.trees.added)
        differences = [
            *compare(compared(f"as a script{title}", "script", seen.old, seen.script)),
            *compare(
                compared(
                    f"under WSGI{title}", "wsgi", seen.old, seen.wsgi, new_script=seen.script[0]
                )
            ),
        ]
        if all(new.started for new in (*seen.script, *seen.wsgi)):
            # The keys that the migration adds are unknown to the old script: is each of
            # them, under WSGI, what it is as a script?
            differences += compare(
                Comparison(
                    f"under WSGI, against the new script{title}",
                    "wsgi",
                    seen.script,
                    seen.wsgi,
                    only=partial(_is_added, added=self.trees.added),
                )
            )
        return differences

    # --- what is not proved -------------------------------------------------------------

    def _old_does_not_start(self, broken: Observation) -> Report:
        reasons = [
            f"{self.bench.script} itself does not start, before any change: {broken.failure}"
        ]
        reasons += self._taken_away([broken])
        return Report(
            self.bench.script,
            self.bench.entry,
            self.isolated,
            self.runs,
            0.0,
            unproved=tuple(reasons),
            traceback=broken.traceback,
        )

    def _unproved(self, seen: Sequence[Seen]) -> list[str]:
        every = [o for one in seen for o in (*one.old, *one.script, *one.wsgi)]
        return self._taken_away(every)

    def _taken_away(self, seen: Iterable[Observation]) -> list[str]:
        if not self.isolated:
            return []
        needs = sorted({need for one in seen for need in one.needs if is_missed(need)}, key=str)
        return [f"the app {need}, which isolation takes away" for need in needs]

    def _notes(self, seen: Sequence[Seen]) -> list[str]:
        every = [o for one in seen for o in (*one.old, *one.script, *one.wsgi)]
        notes = []
        if not self.isolated:
            notes.append("not isolated: only /, static files and a missing page were asked for")
        if programs := sorted({name for one in every for name in one.programs}):
            notes.append(
                f"the app starts {', '.join(programs)}; what these reach for was not watched"
            )
        if ended := sorted({one.ended_during for one in seen[0].old if one.ended_during}):
            notes.append(f"{ended[0]} ends the process: what comes after it was not compared")
        notes += [
            f"{field.name} fails before and after alike: {value.splitlines()[0]}"
            for field, value in sorted(seen[0].old[0].fields.items())
            if field.aspect == "error" and value
        ]
        late = sorted({f.name for one in seen[0].old for f in one.fields if f.aspect == "end"})
        notes += [f"{name} sends without end: its body was not compared" for name in late]
        notes += [
            f"the script itself refuses {one.case.title}, as before: {one.old[0].failure}"
            for one in seen
            if not one.old[0].started
        ]
        return notes


def _accepted_now(seen: Seen, title: str) -> Iterable[Difference]:
    """What the old script refuses and the new app does not."""
    for where, news in (("as a script", seen.script), ("under WSGI", seen.wsgi)):
        if all(new.started for new in news):
            said = f"{seen.case.title} is accepted; it was refused: {seen.old[0].failure}"
            yield Difference(
                Field("start", seen.case.title), "refused", "accepted", said, (where + title,)
            )


def _is_added(field: Field, added: frozenset[str]) -> bool:
    return field.kind == "config" and field.name in added


def _counts(seen: Observation) -> dict[str, int]:
    counts = {title: len(seen.of_kind(kind)) for kind, title in _COMPARED.items()}
    return {title: count for title, count in counts.items() if count}


def _shown(field: Field) -> str:
    return " ".join(part for part in (field.kind, field.name, field.aspect) if part)
