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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is about to run, once its settings are known."""
        name, found, rest = super().resolve_command(ctx, args)
        if name is not None and found is not None and not ctx.resilient_parsing:
            from uncork.cli.settings import default_map  # noqa: PLC0415 - only if a command runs

            ctx.default_map = default_map(ctx, name, found, rest)
        return name, found, rest

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
def group(debug: bool) -> None:
    """From `python server.py --opt` to production, and back.

    TARGET is a script, a folder or module:app; left out, it is found in the
    current folder. What stands behind -- is the script's own command line.
    """


def main() -> NoReturn:
    """The ``uncork`` command."""
    run(group)
