"""Why a service did not start, in the app's terms.

systemd's word for it stands in the journal: the exit status with its name
(systemd.exec(5), "Process Exit Codes"), and the app's own last words before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.errors import Place
from uncork.service.unit import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN_LINES = 12
_EXITED = re.compile(r"code=exited, status=(\d+)/(\w+)")
_KILLED = re.compile(r"code=(?:killed|dumped), status=\d+/(\w+)")
_RESULT = re.compile(r"Failed with result '([\w-]+)'")
_STEP = re.compile(r": (Failed (?!with result).*|Changing to .*|Unable to .*)$")
_FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+)')
_EXCEPTION = re.compile(
    r"^(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)\b(?:: .*)?$"
)
_OWN_ERROR = re.compile(r"^error: (.*)$")
_OWN_HINT = re.compile(r"^hint: (.*)$")


@dataclass(frozen=True)
class Explanation:
    """A failure as a person would say it.

    Args:
        fact: what is the case.
        hint: what to do.
        place: the line of the app that failed, if it did.
        last_words: the app's own last lines.
        exception: the exception that ended it, as Python writes it, or ''.
    """

    fact: str
    hint: str
    place: Place | None = None
    last_words: tuple[str, ...] = ()
    exception: str = ""


_STATUSES = {
    "CHDIR": (
        "its user can't enter the app's folder",
        "let it in: chmod o+x each folder on the way, or move the project to /srv",
    ),
    "NICE": ("systemd could not set its priority", "look at the drop-ins of the unit"),
    "EXEC": (
        "its user can't run the app's interpreter",
        "name one that it can run with --python PATH; one in another user's home can't be",
    ),
    "MEMORY": ("there was not enough memory to start it", "look at the memory limits"),
    "GROUP": ("its group does not exist", "name another user with --service-user USER"),
    "USER": ("its user does not exist", "name another one with --service-user USER"),
    "CAPABILITIES": ("this machine refuses its sandbox", "a container needs more rights for it"),
    "NAMESPACE": (
        "its view of the file system could not be made",
        "a folder of the unit is not there, or this machine refuses mount namespaces",
    ),
    "SECCOMP": ("this machine refuses its filter of system calls", "the kernel may lack seccomp"),
    "STATE_DIRECTORY": ("its folder below /var/lib could not be made", "look at that folder"),
}


def explain(lines: Sequence[str], *, folder: str) -> Explanation:
    """Why a service did not start.

    Args:
        lines: the journal's of this start, systemd's own among them, the oldest first.
        folder: the project's, to tell its lines from a library's.
    """
    words = _own_words(lines)
    for look in (_of_status, _of_own_error, _of_exception, _of_result):
        if found := look(lines, words, folder):
            return found
    return Explanation("it did not start", "uncork service logs", last_words=words[-5:])


def _of_status(lines: Sequence[str], words: tuple[str, ...], _folder: str) -> Explanation | None:
    exits = [match for line in lines if (match := _EXITED.search(line))]
    if not exits or exits[-1][2] not in _STATUSES:
        return None
    fact, hint = _STATUSES[exits[-1][2]]
    steps = [match[1] for line in lines if (match := _STEP.search(line))]
    said = f" ({steps[-1]})" if steps else ""
    return Explanation(
        f"{fact}: status {exits[-1][1]}/{exits[-1][2]}{said}", hint, last_words=words
    )


def _of_own_error(_: Sequence[str], words: tuple[str, ...], __: str) -> Explanation | None:
    facts = [match[1] for line in words if (match := _OWN_ERROR.match(line))]
    hints = [match[1] for line in words if (match := _OWN_HINT.match(line))]
    if not facts:
        return None
    return Explanation(facts[-1], hints[-1] if hints else "uncork service logs")


def _of_exception(_: Sequence[str], words: tuple[str, ...], folder: str) -> Explanation | None:
    last = next((n for n in reversed(range(len(words))) if _EXCEPTION.match(words[n])), None)
    frames = [match for line in words[: last or 0] if (match := _FRAME.match(line))]
    if last is None or not frames:
        return None
    first = max((n for n in range(last) if words[n].startswith("Traceback ")), default=0)
    frames = [match for line in words[first:last] if (match := _FRAME.match(line))] or frames
    own = [frame for frame in frames if frame[1].startswith(folder.rstrip("/") + "/")]
    path, number = (own or frames)[-1].groups()
    return Explanation(
        f"the app failed as it started: {words[last]}",
        _hint_for(words[last]),
        Place(path, int(number)),
        words[max(first, last + 1 - _SHOWN_LINES) : last + 1],
        words[last],
    )


def _of_result(lines: Sequence[str], words: tuple[str, ...], _folder: str) -> Explanation | None:
    results = [match[1] for line in lines if (match := _RESULT.search(line))]
    killed = [match[1] for line in lines if (match := _KILLED.search(line))]
    exits = [match[1] for line in lines if (match := _EXITED.search(line))]
    if killed and killed[-1] == "SYS":
        return Explanation("it made a system call that its sandbox forbids", "uncork service logs")
    if results and results[-1] == "timeout":
        fact = f"it was not ready to answer within {START_SECONDS} s"
        return Explanation(fact, "see what its start-up waits for", last_words=words[-5:])
    if results and results[-1] == "oom-kill":
        return Explanation("it ran out of memory", "look at the memory limits", last_words=words)
    if results and results[-1] == "protocol":
        fact = "it ended without ever serving"
        hint = "does the script reach its run call with these arguments?"
        return Explanation(fact, hint, last_words=words[-5:])
    if killed:
        fact = f"it was ended by the signal {killed[-1]} as it started"
        return Explanation(fact, "uncork service logs", last_words=words[-5:])
    if exits:
        fact = f"it ended with status {exits[-1]} as it started"
        return Explanation(fact, "uncork service logs", last_words=words[-5:])
    return None


def _hint_for(exception: str) -> str:
    if "readonly database" in exception or "unable to open database" in exception:
        return (
            "the service's user must be able to write in the data base's folder, not only the file"
        )
    if exception.startswith(("PermissionError", "OSError: [Errno 30]")):
        return "the sandbox lets it write in its own folder alone, and reads what its user may"
    if exception.startswith(("ModuleNotFoundError", "ImportError")):
        return "install it in the app's virtual environment, or name another with --python PATH"
    return "mend it, then install again"


def _own_words(lines: Sequence[str]) -> tuple[str, ...]:
    """What the app wrote: everything that systemd did not."""
    systemd = re.compile(
        r"^(\S+\.(service|socket): |Start(ing|ed) |Stop(ping|ped) |Failed to start "
        r"|Listening on |Closed )"
    )
    return tuple(line for line in lines if line.strip() and not systemd.match(line))
