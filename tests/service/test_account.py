"""Who runs the service."""

from __future__ import annotations

import pytest

from uncork.errors import DeclinedError, Place, SystemRefusedError
from uncork.service.account import Ownership, Person, choose_account, under_home
from uncork.service.traces import Sign, Trace

ADA = Person(1000, "ada", "users")
ROOT = Person(0, "root", "root")
WRITES = (Trace(Sign.WRITES, Place("server.py", 17), "it opens a sqlite data base"),)


def test_the_owner_runs_it() -> None:
    account = choose_account(Ownership("/home/ada/shop", ADA, "/home/ada"), None, WRITES)
    assert (account.user, account.group) == ("ada", "users")
    assert "ada, who owns /home/ada/shop" in account.reason


def test_whom_the_user_names_runs_it_even_root() -> None:
    account = choose_account(Ownership("/srv/shop", ADA, ""), ROOT, WRITES)
    assert account.user == "root"


def test_what_is_roots_and_writes_nothing_runs_as_a_user_of_its_own() -> None:
    assert choose_account(Ownership("/srv/shop", ROOT, ""), None, ()).dynamic


@pytest.mark.parametrize(
    ("ownership", "writes", "said"),
    [
        (Ownership("/root", ROOT, ""), (), "lies in a home folder"),
        (Ownership("/srv/shop", ROOT, "/srv/shop/key.pem"), (), "may read /srv/shop/key.pem"),
        (Ownership("/srv/shop", ROOT, ""), WRITES, "could not write there"),
    ],
)
def test_what_only_root_could_run_is_declined(
    ownership: Ownership, writes: tuple[Trace, ...], said: str
) -> None:
    with pytest.raises(DeclinedError, match=said) as declined:
        choose_account(ownership, None, writes)
    assert "--service-user root" in declined.value.hint


def test_an_owner_whom_the_machine_does_not_know_is_refused() -> None:
    with pytest.raises(SystemRefusedError, match="user number 4711"):
        choose_account(Ownership("/srv/shop", Person(4711, "", "4711"), ""), None, ())


@pytest.mark.parametrize(
    ("path", "is_under"),
    [("/home/ada/shop", True), ("/root", True), ("/srv/home/x", False), ("/homes/x", False)],
)
def test_home_folders_are_those_that_systemd_means(path: str, *, is_under: bool) -> None:
    assert under_home(path) is is_under
