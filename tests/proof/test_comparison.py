"""Each difference is one sentence; secrets, noise and what may differ are left out."""

from __future__ import annotations

from typing import Any

from uncork.changes import FileChange
from uncork.proof.allowances import ALLOWANCES, Change, added_keys, allowed
from uncork.proof.comparison import Comparison, compare, merged, redacted
from uncork.proof.footprint import footprints
from uncork.proof.observation import Field, Observation, observation


def seen(fields: dict[Field, str], *secrets: str) -> Observation:
    return Observation(fields, secrets=frozenset(secrets))


def sentences(old: Observation, new: Observation) -> list[str]:
    return [d.sentence for d in compare(Comparison("as a script", "script", (old, old), (new,)))]


def test_a_secret_is_in_no_sentence() -> None:
    key, url = Field("config", "API_TOKEN"), Field("config", "DATABASE_URL")
    body = Field("answer", "GET /", "body")
    old = seen(
        {key: "'hunter22' (str)", url: "'pg://me:pass@db/x' (str)", body: "hunter22"}, "hunter22"
    )
    new = seen(
        {key: "'hunter23' (str)", url: "'pg://me:word@db/y' (str)", body: "hunter23"}, "hunter23"
    )
    differences = compare(Comparison("as a script", "script", (old, old), (new,)))
    told = repr(differences)
    assert len(differences) == 3
    assert not [secret for secret in ("hunter22", "hunter23", "pass", "word") if secret in told]


def test_a_url_keeps_all_but_its_password() -> None:
    assert redacted("redis://me:pass@host/1", ()) == "redis://me:«secret»@host/1"


def test_a_difference_must_show_in_every_observation_of_the_new_app() -> None:
    field = Field("thread", "work", "number")
    old = seen({field: "3"})
    news = (seen({field: "2"}), seen({field: "3"}))
    assert compare(Comparison("as a script", "script", (old, old), news)) == ()


def test_the_same_difference_in_several_runs_is_told_once() -> None:
    field = Field("config", "LIMIT")
    old, new = seen({field: "10 (int)"}), seen({field: "'10' (str)"})
    runs = ("as a script", "under WSGI")
    found = [d for run in runs for d in compare(Comparison(run, "script", (old, old), (new,)))]
    (told,) = merged(found)
    assert told.sentence == "the setting LIMIT was «10 (int)» and is now «'10' (str)»"
    assert told.where == runs


def test_a_key_that_config_py_adds_is_allowed_and_no_other() -> None:
    config = FileChange("config.py", None, b"import os\nLIMIT = 1\nlower = 2\n")
    script = FileChange("server.py", b"DEBUG = 1\n", b"DEBUG = 1\n")
    assert added_keys([config, script]) == {"LIMIT"}
    change = Change(Field("config", "LIMIT"), None, "1 (int)", "script", frozenset({"LIMIT"}))
    assert allowed(change)
    assert not allowed(Change(Field("config", "LIMITS"), None, "1", "script", frozenset({"LIMIT"})))


def test_a_thread_may_become_daemon_and_not_the_other_way() -> None:
    field = Field("thread", "tick", "daemon")
    assert allowed(Change(field, "False", "True", "script", frozenset()))
    assert not allowed(Change(field, "True", "False", "script", frozenset()))


def test_every_allowance_gives_its_reason() -> None:
    assert all(allowance.reason for allowance in ALLOWANCES)


def test_main_may_say_goodbye_as_a_script_alone() -> None:
    field = Field("output", "stop")
    script = Observation({}, main_lines=("Bye",))
    goodbye = Change(field, "Bye\nclosed", "closed", "wsgi", frozenset(), script)
    lost = Change(field, "Bye\nclosed", "Bye", "wsgi", frozenset(), script)
    assert allowed(goodbye)
    assert not allowed(lost)


def test_the_new_app_that_does_not_start_is_one_difference() -> None:
    old = seen({Field("config", "A"): "1"})
    new = Observation({}, failure="KeyError: 'A'")
    assert sentences(old, new) == ["the app does not start: KeyError: 'A'"]


def test_a_request_that_ends_the_process_is_told() -> None:
    status = Field("answer", "GET /quit", "status")
    old = seen({status: "200 OK"})
    new = Observation({}, ended_during="GET /quit")
    assert sentences(old, new) == ["GET /quit ends the process, which it did not before"]


def test_a_script_that_ends_by_itself_says_how() -> None:
    records: list[dict[str, Any]] = [
        {"kind": "exited", "stopping": False, "code": "2"},
        {"kind": "stopped", "main_text": ""},
    ]
    found = observation(records, b"", b"usage: x\nx: error: --port is required\n", {}, late=False)
    assert not found.started
    assert (
        found.failure == "it ended with status 2 before it ran an app: x: error: --port is required"
    )


def test_hosts_paths_devices_and_databases_are_found_and_routes_are_not() -> None:
    source = b'''"""See http://docs.example/ for /etc/motd."""
import requests
URI = "postgresql://me:secret@db.example/x"
requests.get("https://api.example/v1")
open("/dev/ttyUSB0"); open("/var/lib/x/y"); connect("things.db"); connect("10.0.0.7")
@app.route("/home/page")
def page(): return redirect("/login")
'''
    found = [(one.kind, one.name) for one in footprints({"a.py": source})]
    assert found == [
        ("database", "postgresql://me:«secret»@db.example/x"),
        ("database", "things.db"),
        ("device", "/dev/ttyUSB0"),
        ("host", "10.0.0.7"),
        ("host", "api.example"),
        ("path", "/var/lib/x/y"),
    ]
