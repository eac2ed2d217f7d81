"""``uncork explain CODE``: what a diagnostic means, why it matters, what to do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from uncork import rules
from uncork.cli.kernel import command
from uncork.errors import UsageError
from uncork.render.explain import Explanation

if TYPE_CHECKING:
    from uncork.cli.kernel import Console


@click.command()
@click.argument("code", required=False, metavar="[CODE]")
@click.option("--json", is_flag=True, help="One JSON object on stdout.")
@command
def cli(_console: Console, code: str | None) -> Explanation:
    """What a diagnostic means, why it matters and what to do about it.

    CODE is a code such as UNC101, or a rule's name; without it, all rules are listed.
    """
    catalogue = rules.catalogue()
    if code is None:
        return Explanation(catalogue)
    asked = code.strip().lower()
    for rule in catalogue:
        if asked in {rule.code.lower(), rule.name}:
            return Explanation((rule,), whole=True)
    known = [name for rule in catalogue for name in (rule.code.lower(), rule.name)]
    near = difflib.get_close_matches(asked, known, n=1)
    guess = near[0].upper() if near and near[0].startswith("unc") else "".join(near)
    raise UsageError(
        f"there is no diagnostic {code}",
        hint=f"uncork explain {guess}" if guess else "uncork explain lists all of them",
    )
