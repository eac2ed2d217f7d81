"""Compares what was observed and says each difference as a person would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from uncork.proof.allowances import Change, allowed
from uncork.proof.noise import Noise
from uncork.proof.observation import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from uncork.proof.allowances import Mode
    from uncork.proof.observation import Observation

SHOWN_CHARACTERS = 120
SECRET = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|KEY", re.IGNORECASE)
HIDDEN = "«secret»"
_CREDENTIALS = re.compile(r"(://[^\s/:@]*:)[^\s/@]+@")
# Shorter values would take harmless letters out of every sentence.
_SHORTEST_SECRET = 4


@dataclass(frozen=True, order=True)
class Difference:
    """One thing that is no longer as it was.

    Args:
        field: what differs.
        before: its value in the old script; None, it was absent.
        after: its value in the new app; None, it is absent.
        sentence: all of it in one sentence, secrets left out.
        where: the runs that show it, such as ``as a script`` or ``under WSGI, --limit 11``.
    """

    field: Field
    before: str | None
    after: str | None
    sentence: str
    where: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Two apps, or one app in two ways, observed with the same settings.

    Args:
        where: how this comparison is called in a report.
        mode: how the new app was run.
        old: observations of the old one; several teach its noise.
        new: observations of the new one; a difference must show in all of them.
        added_keys: configuration keys that the migration brings.
        new_script: the new app as a script, if `mode` is ``wsgi``.
        only: compare these fields alone.
    """

    where: str
    mode: Mode
    old: tuple[Observation, ...]
    new: tuple[Observation, ...]
    added_keys: frozenset[str] = frozenset()
    new_script: Observation | None = None
    only: Callable[[Field], bool] | None = None


def compare(comparison: Comparison) -> tuple[Difference, ...]:
    """Every difference that is neither noise nor allowed."""
    secrets = frozenset().union(*(o.secrets for o in (*comparison.old, *comparison.new)))
    failed = [new for new in comparison.new if not new.started]
    if failed:
        if len(failed) < len(comparison.new):
            return ()
        return (_does_not_start(failed[0].failure, comparison, secrets),)
    return tuple(
        Difference(
            change.field,
            redacted(change.old, secrets, change.field),
            redacted(change.new, secrets, change.field),
            sentence(change, secrets),
            (comparison.where,),
        )
        for change in _changes(comparison)
    )


def _does_not_start(failure: str, comparison: Comparison, secrets: frozenset[str]) -> Difference:
    said = redacted(failure, secrets) or ""
    field = Field("start")
    return Difference(field, "starts", said, f"the app does not start: {said}", (comparison.where,))


def _changes(comparison: Comparison) -> Iterator[Change]:
    fields = {field for seen in (*comparison.old, *comparison.new) for field in seen.fields}
    ended = [seen.ended_during for seen in comparison.new]
    for field in sorted(fields):
        if comparison.only is not None and not comparison.only(field):
            continue
        noise = Noise(tuple(seen.fields.get(field) for seen in comparison.old))
        values = [seen.fields.get(field) for seen in comparison.new]
        if any(noise.accepts(value) for value in values):
            continue
        change = Change(
            field, noise.samples[0], values[0], comparison.mode, comparison.added_keys,
            comparison.new_script,
        )  # fmt: skip
        if allowed(change) is None and not _unknown(change, all(ended)):
            yield change
    if all(ended) and not any(seen.ended_during for seen in comparison.old):
        yield Change(
            Field("answer", ended[0], "process"), "goes on", "ends", comparison.mode,
            comparison.added_keys,
        )  # fmt: skip


def _unknown(change: Change, ended: bool) -> bool:
    """Whether a field is absent only because the process ended before it was observed."""
    return ended and change.new is None and change.field.kind in {"answer", "output", "stop"}


def noisy_fields(samples: Sequence[Observation]) -> tuple[Field, ...]:
    """What differs between observations of the same unchanged app."""
    fields = {field for seen in samples for field in seen.fields}
    return tuple(
        sorted(f for f in fields if not Noise(tuple(seen.fields.get(f) for seen in samples)).steady)
    )


def merged(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """The same difference seen in several runs becomes one that names them all.

    A field that differs in the plain runs is not told again for other option values.
    """
    by_sentence: dict[str, Difference] = {}
    for difference in differences:
        known = by_sentence.get(difference.sentence)
        where = (known.where if known else ()) + difference.where
        by_sentence[difference.sentence] = Difference(
            difference.field, difference.before, difference.after, difference.sentence,
            tuple(dict.fromkeys(where)),
        )  # fmt: skip
    return tuple(by_sentence.values())


# --- sentences ------------------------------------------------------------------------------

_SENTENCES: dict[str, tuple[str, str, str]] = {
    # kind: (what it is, when it is gone, when it is new)
    "config": ("the setting {name}", "is gone", "is new"),
    "blueprint": ("the blueprint {name}", "is no longer registered", "is new"),
    "extension": ("the extension {name}", "is no longer set up", "is new"),
    "error handler": ("the error handler for {name}", "is gone", "is new"),
    "hook": ("the {name} hooks", "are gone", "are new"),
    "command": ("the command {name}", "is gone", "is new"),
    "template global": ("the template global {name}", "is gone", "is new"),
    "template filter": ("the template filter {name}", "is gone", "is new"),
    "template test": ("the template test {name}", "is gone", "is new"),
    "session interface": ("the session interface", "is gone", "is new"),
    "child process": ("the child process {name}", "is not started", "is new"),
    "logger": ("the logger {name}: its {aspect}", "is gone", "is new"),
    "runner": ("the run call's {name}", "is gone", "is new"),
    "file": ("the file {name}", "is no longer written", "is written now"),
    "stop": ("the clean stop", "is not reached", "is new"),
}


def sentence(change: Change, secrets: frozenset[str]) -> str:
    """A difference in one sentence: which route, which field, before and after."""
    field = change.field
    special = {
        "route": _of_route,
        "answer": _of_answer,
        "thread": _of_thread,
        "browser timer": _of_thread,
        "output": _of_output,
        "file": _of_file,
    }.get(field.kind)
    if special is not None and (said := special(change)):
        return redacted(said, secrets) or ""
    template, gone, new = _SENTENCES.get(
        field.kind, ("{kind} {name} {aspect}", "is gone", "is new")
    )
    what = template.format(kind=field.kind, name=field.name, aspect=field.aspect)
    before = redacted(change.old, secrets, field)
    after = redacted(change.new, secrets, field)
    if before is None:
        return f"{what} {new}: {_short(after)}"
    if after is None:
        return (
            f"{what} {gone}; {'they were' if field.kind == 'hook' else 'it was'} {_short(before)}"
        )
    verb = ("were", "are") if field.kind == "hook" else ("was", "is")
    if before == after == HIDDEN:
        return f"{what} has another secret value than before"
    return f"{what} {verb[0]} {_short(before)} and {verb[1]} now {_short(after)}"


def _of_route(change: Change) -> str:
    field = change.field
    if change.new is None:
        return f"the route {field.name} is gone" if field.aspect == "methods" else ""
    if change.old is None:
        return f"the route {field.name} is new" if field.aspect == "methods" else ""
    aspect = {"view": "view function", "strict_slashes": "strict slashes"}.get(
        field.aspect, field.aspect
    )
    was, now = ("were", "are") if aspect in {"methods", "defaults"} else ("was", "is")
    return f"the route {field.name}: its {aspect} {was} {change.old} and {now} now {change.new}"


def _of_answer(change: Change) -> str:
    field, old, new = change.field, change.old or "", change.new or ""
    if field.aspect == "process":
        return f"{field.name} ends the process, which it did not before"
    if field.aspect == "end":
        now = "no longer ends within the time limit" if new else "ends within the time limit now"
        return f"{field.name} {now}"
    if field.aspect == "body":
        before, after = _where_they_part(old, new)
        return f"{field.name}: the body said {before} and says now {after}"
    if field.aspect == "error":
        return f"{field.name} {_failing(old, new)}"
    if field.aspect == "status":
        if not new:
            return f"{field.name} is not answered any more; it was {old}"
        return f"{field.name} answered {old or 'nothing'} and answers now {new}"
    return f"{field.name}: the {field.aspect} {_from_to(change)}"


def _failing(old: str, new: str) -> str:
    if not old:
        return f"fails: {new}"
    return f"failed with {old} and " + (f"fails now with {new}" if new else "does not fail now")


def _from_to(change: Change) -> str:
    if change.new is None:
        return f"is gone; it was {_short(change.old)}"
    if change.old is None:
        return f"is new: {_short(change.new)}"
    return f"was {_short(change.old)} and is now {_short(change.new)}"


def _of_thread(change: Change) -> str:
    field = change.field
    if change.new is None:
        return f"the thread {field.name} is not started" if field.aspect == "number" else ""
    if change.old is None:
        return f"the thread {field.name} is new" if field.aspect == "number" else ""
    return f"the thread {field.name}: its {field.aspect} was {change.old} and is now {change.new}"


def _of_output(change: Change) -> str:
    old, new = (change.old or "").splitlines(), (change.new or "").splitlines()
    when = "at a clean stop" if change.field.name.startswith("stop") else "at start"
    lost = [line for line in old if line not in new]
    more = [line for line in new if line not in old]
    parts = []
    if lost:
        parts.append("no longer says " + ", ".join(map(_short, lost[:3])))
    if more:
        parts.append("says " + ", ".join(map(_short, more[:3])) + ", which it did not before")
    if not parts:
        parts = [f"says {len(new)} lines and not {len(old)}"]
    return f"{when} the app {' and '.join(parts)}"


def _of_file(change: Change) -> str:
    name = change.field.name
    if change.new is None:
        return f"the file {name} is no longer " + (
            "removed" if change.old == "removed" else "written"
        )
    if change.old is None:
        return (
            f"the file {name} is "
            + ("removed" if change.new == "removed" else "written")
            + (", which it was not before")
        )
    return f"the file {name} has another content than before"


def _where_they_part(old: str, new: str) -> tuple[str, str]:
    """The first place at which two texts part, each with a few words around it."""
    olds, news = old.splitlines() or [""], new.splitlines() or [""]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if tag != "equal":
            before, after = "\n".join(olds[i1:i2]).strip(), "\n".join(news[j1:j2]).strip()
            return (
                _short(before, from_=_apart(before, after)) if i1 < i2 else "nothing there",
                _short(after, from_=_apart(before, after)) if j1 < j2 else "nothing there",
            )
    return _short(old), _short(new)


def _apart(before: str, after: str) -> int:
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    return max(0, same - SHOWN_CHARACTERS // 3)


def _short(text: str | None, from_: int = 0) -> str:
    text = text or ""
    shown = text[from_ : from_ + SHOWN_CHARACTERS]
    lead = "..." if from_ else ""
    tail = "..." if len(text) > from_ + SHOWN_CHARACTERS else ""
    return f"«{lead}{shown}{tail}»".replace("\n", "\\n")


def redacted(text: str | None, secrets: Iterable[str], field: Field | None = None) -> str | None:
    """A text without secrets: those of the configuration, and passwords inside URLs."""
    if text is None:
        return None
    if field is not None and field.kind == "config" and SECRET.search(field.name):
        return text if text.startswith("None ") else HIDDEN
    for value in sorted(secrets, key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET and value != "None":
            text = text.replace(value, HIDDEN)
    return _CREDENTIALS.sub(rf"\1{HIDDEN}@", text)
