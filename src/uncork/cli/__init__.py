"""The command line: one small file a command, each loaded only when it is called."""

from __future__ import annotations

import importlib
from typing import NoReturn

import click

from uncork import __version__
from uncork.cli.kernel import run

COMMANDS = {
    "check": "what stands between this app and production; touches nothing",
    "migrate": "change the code so that any WSGI server can run it; shows a diff first",
    "undo": "put every file back, byte for byte",
    "verify": "prove that the migrated app does what the script did",
    "serve": "run a script as it is, or an app, on a production server",
    "service": "a systemd service that survives a reboot",
    "up": "check, migrate, verify, install, wait until healthy",
    "explain": "what a diagnostic means and how to resolve it",
}


class LazyGroup(click.Group):
    """A group that imports ``uncork.cli.NAME`` only when NAME is called.

    ``uncork --help`` must not pay for what it does not use (docs/decisions).
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"uncork.cli.{cmd_name}")
        found: click.Command = module.cli
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands and what they do, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"auto_envvar_prefix": "UNCORK", "help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="uncork")
@click.option("--debug", is_flag=True, help="Show tracebacks of uncork's own.")
def group(debug: bool) -> None:  # noqa: ARG001 - read from the context by the kernel
    """From `python server.py --opt` to production, and back.

    TARGET is a script, a folder or module:app; left out, it is found in the
    current folder. What stands behind -- is the script's own command line.
    """


def main() -> NoReturn:
    """The ``uncork`` command."""
    run(group)
