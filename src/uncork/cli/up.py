"""``uncork up``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import click

import uncork.render.up  # noqa: F401 - registers how results are shown
from uncork.cli.kernel import command
from uncork.cli.options import isolation_option, python_option, target_argument
from uncork.cli.recovery import recover_first
from uncork.cli.serve import CommandWithArguments, become, command_line
from uncork.discovery.interpreter import find_interpreter
from uncork.discovery.target import find_target
from uncork.render.up import Refused
from uncork.serve.options import ServeOptions
from uncork.service.install import install, systemd_is_running
from uncork.service.request import request_for
from uncork.up import Ready, Unproved, UpRequest, prepare

if TYPE_CHECKING:
    from uncork.cli.kernel import Console
    from uncork.service.results import Installed


@click.command("up", cls=CommandWithArguments)
@target_argument
@click.option("--name", help="The service's name; else that of the project's folder.")
@click.option("--as-is", is_flag=True, help="Leave the code alone.")
@click.option("--foreground", is_flag=True, help="Serve here, until Ctrl-C, and install nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--allow-dirty", is_flag=True, help="Write although git has uncommitted changes.")
@isolation_option
@python_option
@command
def cli(
    console: Console,
    *,
    target: str | None,
    name: str | None,
    as_is: bool,
    foreground: bool,
    yes: bool,
    allow_dirty: bool,
    isolation: Literal["auto", "none"],
    python: str | None,
    arguments: tuple[str, ...],
) -> Installed | Refused | Unproved:
    """Check, migrate, verify, install, and wait until the app answers.

    Without systemd, or without root, it serves in the foreground instead. What
    stands behind -- is the script's own command line.
    """
    found = find_target(target)
    recover_first(console, found)
    reason = "--foreground" if foreground else _no_service()
    console.progress(
        f"uncork up {found.name}: "
        + (f"in the foreground ({reason})" if reason else "as a systemd service")
    )
    request = UpRequest(found, arguments, as_is, allow_dirty, isolation, python)
    ready = prepare(
        request, console.progress, lambda question: yes or console.confirm(question, flag="--yes")
    )
    if ready is None:
        return Refused()
    if isinstance(ready, Unproved):
        return ready
    if reason:
        console.progress("[4/4] serve: Ctrl-C stops it")
        _serve_here(ready)
    console.progress("[4/4] install")
    return install(
        request_for(
            find_target(ready.target, ready.folder),
            find_interpreter(str(ready.interpreter), ready.folder),
            name=name,
            arguments=arguments,
        ),
        console.progress,
    )


def _no_service() -> str:
    """Why no service can be installed here, or ''."""
    if not systemd_is_running():
        return "systemd does not run here"
    return "" if os.geteuid() == 0 else "only root installs services"


def _serve_here(ready: Ready) -> None:
    """Become the server. Its ready line says the URL."""
    target = find_target(ready.target, ready.folder)
    os.environ.update(ready.environment)
    os.chdir(ready.folder)
    known = ServeOptions(host=ready.host, port=ready.port)
    become(
        command_line(
            target,
            None,
            find_interpreter(str(ready.interpreter), ready.folder),
            ServeOptions(),
            ready.arguments,
            script_says=known,
        )
    )
