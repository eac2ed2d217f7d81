"""The text of the units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uncork.errors import UsageError
from uncork.service.account import Account
from uncork.service.hardening import FIXED, Needs, loosenings, sandbox
from uncork.service.unit import (
    DRAIN_SECONDS,
    STOP_SECONDS,
    listen_address,
    service_text,
    socket_text,
    units,
)

if TYPE_CHECKING:
    from tests.service.conftest import MakeSpec


def directives(text: str) -> dict[str, list[str]]:
    """The values of each directive of a unit."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_service_is_the_apps_interpreter_in_its_folder(spec: MakeSpec) -> None:
    found = directives(service_text(spec()))
    assert found["ExecStart"] == ["/srv/shop/.venv/bin/python -m uncork.serve /srv/shop/server.py"]
    assert found["WorkingDirectory"] == ["/srv/shop"]
    assert (found["User"], found["Group"]) == (["ada"], ["ada"])
    assert found["Type"] == ["notify"]


def test_service_and_socket_belong_together(spec: MakeSpec) -> None:
    found = directives(service_text(spec()))
    assert found["Requires"] == ["shop.socket"]
    assert "shop.socket" in found["After"][0].split()
    assert found["Also"] == ["shop.socket"]
    assert directives(socket_text(spec()))["WantedBy"] == ["sockets.target"]


def test_a_stop_may_take_longer_than_the_drain(spec: MakeSpec) -> None:
    assert int(directives(service_text(spec()))["TimeoutStopSec"][0]) == STOP_SECONDS
    assert STOP_SECONDS > DRAIN_SECONDS


def test_a_dynamic_user_has_no_name(spec: MakeSpec) -> None:
    found = directives(service_text(spec(account=Account("", "", "root's"))))
    assert found["DynamicUser"] == ["yes"]
    assert "User" not in found


def test_settings_are_in_a_file_and_not_in_the_unit(spec: MakeSpec) -> None:
    made = units(spec(settings={"FLASK_TOKEN": "hunter2"}))
    assert "hunter2" not in made.service
    assert "EnvironmentFile=/etc/uncork/shop.env\n" in made.service
    assert made.settings.endswith('FLASK_TOKEN="hunter2"\n')


def test_without_settings_there_is_no_file(spec: MakeSpec) -> None:
    made = units(spec())
    assert "EnvironmentFile" not in made.service
    assert made.settings == ""


def test_no_line_ends_with_a_comment_or_a_continuation(spec: MakeSpec) -> None:
    text = service_text(spec(folder="/srv/100% shop", needs=Needs(writable=("/srv/100% shop",))))
    for line in text.splitlines():
        assert line == line.strip()
        assert not line.endswith("\\")
        assert line.startswith("#") or " #" not in line
    assert "WorkingDirectory=/srv/100%% shop\n" in text
    assert 'ReadWritePaths="/srv/100%% shop"\n' in text


@pytest.mark.parametrize(
    ("host", "address", "specific"),
    [
        ("127.0.0.1", "127.0.0.1:80", False),
        ("localhost", "127.0.0.1:80", False),
        ("0.0.0.0", "0.0.0.0:80", False),
        ("::", "[::]:80", False),
        ("192.0.2.7", "192.0.2.7:80", True),
        ("2001:db8::7", "[2001:db8::7]:80", True),
    ],
)
def test_the_socket_listens_on_an_address(host: str, address: str, *, specific: bool) -> None:
    assert listen_address(host, 80) == (address, specific)


def test_a_name_is_no_address() -> None:
    with pytest.raises(UsageError, match=r"'shop\.example' is a name"):
        listen_address("shop.example", 80)


def test_an_address_that_comes_late_is_waited_for(spec: MakeSpec) -> None:
    assert "FreeBind=yes" in socket_text(spec(host="192.0.2.7"))
    assert "FreeBind" not in socket_text(spec())


def test_the_sandbox_is_never_loosened_in_silence() -> None:
    tight, loose = Needs(), Needs(("/srv/shop",), (), home=True, writable_code=True, state="shop")
    assert loosenings(tight) == ()
    assert len(loosenings(loose)) == 4
    names = {directive.name for directive in sandbox(tight)}
    assert {"MemoryDenyWriteExecute", "ProtectSystem", "ProtectHome"} <= names
    assert "ReadWritePaths" not in names
    assert "MemoryDenyWriteExecute" not in {directive.name for directive in sandbox(loose)}


def test_no_directive_of_the_sandbox_stands_twice_by_mistake() -> None:
    lists = {"SystemCallFilter"}
    names = [directive.name for directive in FIXED if directive.name not in lists]
    assert len(names) == len(set(names))
