"""A verification's report as people and machines read it."""

from __future__ import annotations

from typing import Any

from uncork.errors import ExitStatus
from uncork.proof.report import Report  # noqa: TC001 - singledispatch reads the annotation
from uncork.render.json import json_of
from uncork.render.text import text_of

_VERDICTS = {
    ExitStatus.DONE: "the same",
    ExitStatus.DIFFERS: "not the same",
    ExitStatus.NOT_PROVED: "not proved",
}
_SHOWN_NOISE = 5


@text_of.register
def _(report: Report) -> str:
    how = "isolated" if report.isolated else "NOT isolated"
    count = f"{report.runs} runs, {how}, {report.seconds:.1f} s"
    lines = [f"{report.script} and {report.entry}: {_VERDICTS[report.status]} ({count})"]
    if report.compared:
        counts = ", ".join(f"{title} {count}" for title, count in report.compared.items())
        lines.append(f"  compared: {counts}; as a script and under WSGI")
    if report.variants:
        lines.append(f"  and again with: {', '.join(report.variants)}")
    if report.noise:
        more = len(report.noise) - _SHOWN_NOISE
        shown = ", ".join(report.noise[:_SHOWN_NOISE]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"  differs by itself, so only in part compared: {shown}")
    for difference in report.differences:
        lines += [f"  different: {difference.sentence}", f"    {'; '.join(difference.where)}"]
    lines += [f"  not proved: {reason}" for reason in report.unproved]
    lines += [f"    {line}" for line in report.traceback.rstrip().splitlines()]
    lines += [f"  note: {note}" for note in report.notes]
    return "\n".join(lines)


@json_of.register
def _(report: Report) -> dict[str, Any]:
    return {
        "script": report.script,
        "entry": report.entry,
        "verdict": _VERDICTS[report.status],
        "isolated": report.isolated,
        "runs": report.runs,
        "seconds": round(report.seconds, 2),
        "compared": dict(report.compared),
        "variants": list(report.variants),
        "noise": list(report.noise),
        "differences": [
            {
                "kind": one.field.kind,
                "name": one.field.name,
                "aspect": one.field.aspect,
                "before": one.before,
                "after": one.after,
                "sentence": one.sentence,
                "where": list(one.where),
            }
            for one in report.differences
        ],
        "unproved": list(report.unproved),
        "notes": list(report.notes),
        "names": [
            {"kind": one.kind, "name": one.name, "path": one.path, "line": one.line}
            for one in report.footprints
        ],
        "traceback": report.traceback,
    }
