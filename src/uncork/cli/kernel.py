"""The one place where a command's result is shown and where the process exits.

A command function returns a frozen result; it neither prints its outcome nor
exits. Progress lines and questions go to stderr through `Console`.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from uncork.errors import BugError, ExitStatus, UncorkError, UsageError
from uncork.render import as_json, as_text
from uncork.render.text import error_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.render import Result


# A group without a command shows its help. click 8.1 exits then; 8.2 raises this.
_NO_ARGUMENTS: tuple[type[click.UsageError], ...] = tuple(
    [click.exceptions.NoArgsIsHelpError] if hasattr(click.exceptions, "NoArgsIsHelpError") else []
)


@dataclass(frozen=True)
class Console:
    """What a command may say and ask while it works.

    Args:
        json: stdout carries one JSON object, so nobody is there to be asked.
        debug: show tracebacks of uncork's own.
    """

    json: bool = False
    debug: bool = False

    def progress(self, line: str) -> None:
        """One line about what happens now, on stderr."""
        click.echo(line, err=True)

    @property
    def can_ask(self) -> bool:
        """Whether a person is there to answer a question."""
        return not self.json and sys.stdin.isatty() and sys.stderr.isatty()

    def confirm(self, question: str, *, flag: str) -> bool:
        """Ask yes or no on stderr; the answer defaults to no.

        Args:
            question: the question without its mark.
            flag: the option that answers it beforehand, for the hint.

        Raises:
            UsageError: nobody is there to be asked.
        """
        if not self.can_ask:
            raise UsageError(
                f"this would ask «{question}?», and there is no terminal to ask on",
                hint=f"say {flag}, or run it in a terminal",
            )
        return click.confirm(f"{question}?", default=False, err=True)


def command(function: Callable[..., Result]) -> Callable[..., None]:
    """Make a click callback of a function that takes a `Console` and returns a result.

    The function's ``--json`` and ``--debug`` come from the context, so that the
    error path knows them, too.
    """

    @functools.wraps(function)
    @click.pass_context
    def callback(context: click.Context, /, **options: Any) -> None:
        console = Console(
            json=bool(options.pop("json", False)),
            debug=bool(context.find_root().params.get("debug")),
        )
        context.find_root().obj = console
        result = function(console, **options)
        show(result, console, context.info_name or "uncork")
        context.exit(result.status)

    return callback


def show(result: Result, console: Console, name: str) -> None:
    """Print a result: text for people, or one JSON object."""
    if console.json:
        click.echo(json.dumps(as_json(result, name), indent=2))
    elif text := as_text(result):
        click.echo(text)


def run(group: click.Group, argv: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with the status of docs/reference/exit-status.md."""
    arguments = sys.argv[1:] if argv is None else argv
    wants_json = "--json" in arguments[: arguments.index("--") if "--" in arguments else None]
    debug = "--debug" in arguments[:1]
    try:
        _need_a_folder()
        status = group.main(args=arguments, prog_name="uncork", standalone_mode=False)
    except UncorkError as error:
        _fail(error, wants_json=wants_json, debug=debug)
    except _NO_ARGUMENTS as error:
        click.echo(error.format_message())
        sys.exit(ExitStatus.DONE)
    except click.ClickException as error:
        _fail(_from_click(error), wants_json=wants_json, debug=debug)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\ninterrupted", err=True)
        sys.exit(ExitStatus.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitStatus.PENDING)
    except Exception as error:
        if debug:
            raise
        _fail(_as_bug(error), wants_json=wants_json, debug=debug)
    sys.exit(status if isinstance(status, int) else ExitStatus.DONE)


def _need_a_folder() -> None:
    """Every command looks around in the current folder, which may have been removed.

    Raises:
        UsageError: it was.
    """
    try:
        os.getcwd()  # noqa: PTH109 - asks for no more than that
    except FileNotFoundError as error:
        raise UsageError(
            "the current folder does not exist any more", hint="cd to one that does"
        ) from error


def _fail(error: UncorkError, *, wants_json: bool, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exception(error)
    if wants_json:
        click.echo(json.dumps(as_json(error, "error"), indent=2))
    else:
        click.echo(error_text(error), err=True)
    sys.exit(error.status)


def _as_bug(error: Exception) -> UncorkError:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return BugError(
        f"uncork failed: {what}", hint="put --debug behind uncork, and report what it shows"
    )


def _from_click(error: click.ClickException) -> UncorkError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    name = context.command_path if context else "uncork"
    if isinstance(error, click.BadParameter) and (variable := _variable(error)):
        fact = f"{variable}: {error.message.rstrip('.')}"
        return UsageError(fact, hint=f"mend or unset {variable}")
    fact = error.format_message().rstrip(".")
    return UsageError(fact[:1].lower() + fact[1:], hint=f"{name} --help")


def _variable(error: click.BadParameter) -> str | None:
    """The environment variable that a wrong value came from; None, it was typed."""
    context, option = error.ctx, error.param
    if context is None or option is None or option.name is None:
        return None
    if context.get_parameter_source(option.name) is not ParameterSource.ENVIRONMENT:
        return None
    return f"{context.auto_envvar_prefix}_{option.name.upper()}"
