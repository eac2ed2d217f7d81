"""What was seen of one run, as fields that can be compared one by one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Lines of a traceback hold line numbers, which a migration moves.
_TRACEBACK = re.compile(r"\s|Traceback \(most recent call last\)|Exception ignored in")
# faulthandler's dump, by which the probe ends a stop that takes too long.
_STUCK = "Timeout (0:"


@dataclass(frozen=True, order=True)
class Field:
    """One thing that is compared.

    Args:
        kind: ``route``, ``config``, ``hook``, ``answer`` ...
        name: which one: a rule, a key, a request.
        aspect: what of it: its methods, its status; empty where there is but one.
    """

    kind: str
    name: str = ""
    aspect: str = ""


@dataclass(frozen=True)
class Need:
    """Something that the app reached for and that isolation takes away.

    Args:
        verb: ``uses``, ``writes``, ``connects to``, ``looks up``.
        thing: a path, or a host.
    """

    verb: str
    thing: str

    def __str__(self) -> str:
        return f"{self.verb} {self.thing}"


@dataclass(frozen=True)
class Observation:
    """What was seen of one run.

    Args:
        fields: each field's value as text.
        secrets: values that no report may show.
        main_lines: what main itself said after the run call.
        needs: what isolation took away.
        programs: other programs that were started.
        failure: the app's own error, if it did not start; empty, it did.
        traceback: of that error, as Python shows it.
        ended_during: the request during which the process ended, if it did.
    """

    fields: Mapping[Field, str]
    secrets: frozenset[str] = frozenset()
    main_lines: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    programs: tuple[str, ...] = ()
    failure: str = ""
    traceback: str = ""
    ended_during: str = ""

    @property
    def started(self) -> bool:
        """Whether the app came as far as the run call."""
        return not self.failure

    def of_kind(self, kind: str) -> set[str]:
        """The names of what was seen of one kind."""
        return {field.name for field in self.fields if field.kind == kind}


def observation(
    records: Sequence[Mapping[str, Any]],
    stdout: bytes,
    stderr: bytes,
    written: Mapping[str, str],
    *,
    late: bool,
    unreached: int = 0,
) -> Observation:
    """Make sense of what a run left behind.

    Args:
        records: the probe's lines.
        stdout: everything that was written to standard output.
        stderr: everything that was written to standard error.
        written: files that were created, changed or removed.
        late: whether the run was ended because its time was over.
        unreached: connections that isolation kept from arriving.
    """
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        by_kind.setdefault(record["kind"], []).append(record)
    needs = tuple(Need(r["verb"], r["thing"]) for r in by_kind.get("need", ()))
    if unreached and not any(need.verb in {"connects to", "looks up"} for need in needs):
        needs += (Need("connects to", "something, through a library of its own"),)
    programs = tuple(sorted({r["name"] for r in by_kind.get("program", ())}))
    if "started" not in by_kind:
        failure, traceback = _failure(by_kind, stderr.decode(errors="replace"), late=late)
        return Observation({}, needs=needs, programs=programs, failure=failure, traceback=traceback)
    started = by_kind["started"][0]
    answers = by_kind.get("answer", [])
    fields = dict(_of_app(started))
    for answer in answers:
        fields.update(_of_answer(answer))
    stopping = by_kind.get("stopping")
    asked = by_kind.get("asking", [])
    fields.update(_of_stop(by_kind, stdout, stderr, late=late))
    fields.update({Field("file", path): state for path, state in written.items()})
    main_text = "".join(r["main_text"] for r in by_kind.get("stopped", ()))
    return Observation(
        MappingProxyType(fields),
        secrets=frozenset(_secrets(started)),
        main_lines=tuple(main_text.splitlines()),
        needs=needs,
        programs=programs,
        ended_during=asked[-1]["request"] if asked and not stopping else "",
    )


def _failure(
    by_kind: Mapping[str, Sequence[Mapping[str, Any]]], stderr: str, *, late: bool
) -> tuple[str, str]:
    """The app's own error and its traceback, if it never came to the run call."""
    if failed := by_kind.get("failed"):
        return str(failed[0]["message"]).splitlines()[0], str(failed[0]["traceback"])
    lines = stderr.strip().splitlines()
    said = f": {lines[-1]}" if lines else ""
    if late:
        return "it neither ran an app nor ended in time" + said, ""
    if exited := by_kind.get("exited"):
        return f"it ended with status {exited[0]['code']} before it ran an app{said}", ""
    return f"it ended without running an app{said}", ""


def _secrets(started: Mapping[str, Any]) -> Iterator[str]:
    for entry in started.get("config", {}).values():
        if entry["secret"]:
            yield entry["value"]
            yield entry["value"].lstrip("b").strip("'\"")


# --- fields -------------------------------------------------------------------------------


def _of_app(started: Mapping[str, Any]) -> Iterator[tuple[Field, str]]:
    for route in started.get("routes", ()):
        name = f"{route['rule']} ({route['endpoint']})"
        for aspect in ("methods", "view", "defaults", "subdomain", "strict_slashes"):
            yield Field("route", name, aspect), _joined(route[aspect])
    for key, entry in started.get("config", {}).items():
        yield Field("config", key), f"{entry['value']} ({entry['type']})"
    yield from _of_registries(started)
    if "sessions" in started:
        yield Field("session interface"), started["sessions"]
    yield from _of_processes(started)
    if runner := started.get("runner"):
        yield Field("runner", "function"), runner["function"]
        for name, value in runner["arguments"].items():
            yield Field("runner", name), value


def _of_registries(started: Mapping[str, Any]) -> Iterator[tuple[Field, str]]:
    for kind, key in (
        ("blueprint", "blueprints"),
        ("extension", "extensions"),
        ("error handler", "error_handlers"),
        ("hook", "hooks"),
    ):
        for name, value in started.get(key, {}).items():
            yield Field(kind, name), _joined(value)
    for name in started.get("commands", ()):
        yield Field("command", name), "registered"
    for name, logger in started.get("loggers", {}).items():
        for aspect, value in logger.items():
            yield Field("logger", name, aspect), _joined(value)
    for kind, names in started.get("template", {}).items():
        for name, value in names.items():
            yield Field(f"template {kind.rstrip('s')}", name), value


def _of_processes(started: Mapping[str, Any]) -> Iterator[tuple[Field, str]]:
    threads: Counter[tuple[str, bool]] = Counter()
    daemons: dict[str, set[str]] = {}
    for thread in started["threads"]:
        target = thread["target"] or thread["class"]
        name = target if target in thread["name"] else f"{thread['name']}: {target}"
        threads[name, thread["opens_browser"]] += 1
        daemons.setdefault(name, set()).add(str(thread["daemon"]))
    for (name, opens_browser), count in threads.items():
        kind = "browser timer" if opens_browser else "thread"
        yield Field(kind, name, "number"), str(count)
        yield Field(kind, name, "daemon"), ", ".join(sorted(daemons[name]))
    for name, count in Counter(started["children"]).items():
        yield Field("child process", name), str(count)


def _of_answer(answer: Mapping[str, Any]) -> Iterator[tuple[Field, str]]:
    request = answer["request"]
    yield Field("answer", request, "status"), answer["status"]
    headers: dict[str, list[str]] = {}
    for key, value in answer["headers"]:
        headers.setdefault(key, []).append(value)
    for key, values in headers.items():
        yield Field("answer", request, f"header {key}"), "\n".join(values)
    if answer["late"]:
        yield Field("answer", request, "end"), "not within the time limit"
        return
    yield Field("answer", request, "error"), "\n".join(answer["errors"])
    body = answer["body"]
    shown = body if body is not None else f"{answer['size']} bytes, {answer['digest']}"
    yield Field("answer", request, "body"), shown


def _of_stop(
    by_kind: Mapping[str, Sequence[Mapping[str, Any]]],
    stdout: bytes,
    stderr: bytes,
    *,
    late: bool,
) -> Iterator[tuple[Field, str]]:
    stopping = by_kind.get("stopping")
    if not stopping:
        return
    out_at, err_at = stopping[0]["stdout"], stopping[0]["stderr"]
    yield Field("output", "start"), _lines(stdout[:out_at])
    yield Field("output", "stop"), _lines(stdout[out_at:])
    said = stderr[err_at:].decode(errors="replace")
    stuck = late or _STUCK in said
    errors = [r["message"] for r in by_kind.get("failed", ()) if r["stopping"]]
    yield (
        Field("stop"),
        "not within the time limit" if stuck else "; ".join(errors) or "cleanly",
    )
    if not stuck and not errors:
        kept = [line for line in said.splitlines() if not _TRACEBACK.match(line)]
        yield Field("output", "stop, on stderr"), "\n".join(sorted(kept))


def _lines(content: bytes) -> str:
    """Lines in a fixed order: which of two threads speaks first is chance."""
    return "\n".join(sorted(content.decode(errors="replace").splitlines()))


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
