"""Failures in the app's terms; the lines are those of real journals."""

from __future__ import annotations

import pytest

from uncork.service.explain import explain

SYSTEMD = [
    "Starting shop.service - shop, a Flask app...",
    "shop.service: Main process exited, code=exited, status={status}",
    "shop.service: Failed with result '{result}'.",
    "Failed to start shop.service - shop, a Flask app.",
]


def journal(*words: str, status: str = "1/FAILURE", result: str = "exit-code") -> list[str]:
    """The journal of a start that failed, with the app's own words in it."""
    first, *rest = (line.format(status=status, result=result) for line in SYSTEMD)
    return [first, *words, *rest]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("200/CHDIR", "can't enter the app's folder"),
        ("203/EXEC", "can't run the app's interpreter"),
        ("217/USER", "its user does not exist"),
        ("216/GROUP", "its group does not exist"),
        ("226/NAMESPACE", "view of the file system could not be made"),
        ("228/SECCOMP", "refuses its filter of system calls"),
    ],
)
def test_systemds_own_statuses_are_explained(status: str, said: str) -> None:
    found = explain(journal(status=status), folder="/srv/shop")
    assert said in found.fact
    assert status in found.fact
    assert found.hint


def test_systemds_reason_is_passed_on() -> None:
    step = "shop.service: Failed at step EXEC spawning /srv/shop/python: Permission denied"
    found = explain(journal(step, status="203/EXEC"), folder="/srv/shop")
    assert "spawning /srv/shop/python: Permission denied" in found.fact


TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/opt/uncork/serve/load.py", line 40, in run',
    "    exec(code)",
    '  File "/srv/shop/server.py", line 12, in <module>',
    "    connect(PATH)",
    '  File "/usr/lib/python3.11/shop_client.py", line 99, in connect',
    "    raise ConnectionError(path)",
    "ConnectionError: no answer",
]


def test_a_traceback_points_at_the_apps_own_line() -> None:
    found = explain(journal(*TRACEBACK), folder="/srv/shop")
    assert found.fact == "the app failed as it started: ConnectionError: no answer"
    assert str(found.place) == "/srv/shop/server.py:12"
    assert found.last_words[0].startswith("Traceback")


def test_of_several_tracebacks_the_last_whole_one_counts() -> None:
    other = [TRACEBACK[0], '  File "/srv/shop/other.py", line 3, in f', "KeyError: 'x'"]
    found = explain(journal(*TRACEBACK, *other, *TRACEBACK[:3]), folder="/srv/shop")
    assert found.exception == "KeyError: 'x'"
    assert str(found.place) == "/srv/shop/other.py:3"


@pytest.mark.parametrize(
    ("exception", "hint"),
    [
        ("sqlite3.OperationalError: attempt to write a readonly database", "data base's folder"),
        ("ModuleNotFoundError: No module named 'shop'", "virtual environment"),
        ("OSError: [Errno 30] Read-only file system: '/var/x'", "sandbox"),
        ("PermissionError: [Errno 13] Permission denied: '/srv/x'", "sandbox"),
    ],
)
def test_common_exceptions_have_a_hint_of_their_own(exception: str, hint: str) -> None:
    found = explain(journal(*TRACEBACK[:-1], exception), folder="/srv/shop")
    assert hint in found.hint


def test_an_error_of_uncorks_own_is_passed_on() -> None:
    found = explain(
        journal("error: nothing here runs a Flask app", "hint: name the script", status="3/n/a"),
        folder="/srv/shop",
    )
    assert (found.fact, found.hint) == ("nothing here runs a Flask app", "name the script")


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("timeout", "not ready to answer within"),
        ("protocol", "ended without ever serving"),
        ("oom-kill", "ran out of memory"),
    ],
)
def test_systemds_results_are_explained(result: str, said: str) -> None:
    found = explain(journal(status="0/SUCCESS", result=result), folder="/srv/shop")
    assert said in found.fact


def test_a_forbidden_system_call_is_named() -> None:
    killed = "shop.service: Main process exited, code=dumped, status=31/SYS"
    assert "system call" in explain([killed], folder="/srv/shop").fact


def test_what_nobody_knows_is_said_honestly() -> None:
    found = explain([], folder="/srv/shop")
    assert found.fact == "it did not start"
    assert found.hint == "uncork service logs"
