"""``uncork serve``: becomes the runner, in the app's interpreter."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from uncork.cli.kernel import command
from uncork.cli.options import python_option, target_argument
from uncork.discovery.interpreter import find_interpreter
from uncork.discovery.target import Target, find_module, find_target
from uncork.errors import SourceError, UsageError
from uncork.serve.argv import serve_argv, split_argv
from uncork.serve.options import FLAGS, ServeOptions, filled, with_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uncork.cli.kernel import Console
    from uncork.discovery.interpreter import Interpreter
    from uncork.serve.options import Flag

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_OWN_CHOICE = {"--python", "the active virtual environment"}
"""How an interpreter is found that the user named: nothing to tell."""


class CommandWithArguments(click.Command):
    """A command whose ``arguments`` are what stands behind ``--``, verbatim.

    click drops the ``--`` and takes what follows for arguments of its own, so that
    in ``uncork serve -- --limit 3`` the target would be ``--limit``.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before ``--``; keep the rest.

        Raises:
            UsageError: an option that is not ours; it may be the script's.
        """
        own, arguments = split_argv(args)
        try:
            rest = super().parse_args(ctx, own)
        except click.NoSuchOption as error:
            near = f"did you mean {error.possibilities[0]}? " if error.possibilities else ""
            raise UsageError(
                f"no such option: {error.option_name}",
                hint=f"{near}the script's own arguments stand behind --",
            ) from error
        ctx.params["arguments"] = tuple(arguments)
        return rest


def _converted(flag: Flag) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        try:
            return flag.convert(str(value))  # A settings file may give a number.
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return convert


def _joined(_context: click.Context, _option: click.Parameter, value: Any) -> Any:
    """One tuple of what a repeated option said, each time one or several; None, it was not said."""
    return tuple(each for said in value for each in said) or None


def serve_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a click callback the options of `ServeOptions`, made from its fields."""
    for flag in reversed(FLAGS):
        text = f"{flag.help[0].upper()}{flag.help[1:]}."
        if flag.metavar:
            kind: dict[str, Any] = {"type": _converted(flag), "metavar": flag.metavar}
            if flag.repeated:
                kind |= {"multiple": True, "callback": _joined}
        else:
            kind = {"is_flag": True, "default": None}
        function = click.option(flag.option, help=text, **kind)(function)
    return function


@click.command("serve", cls=CommandWithArguments)
@target_argument
@click.option("-m", "--module", metavar="PACKAGE", help="Run a package or module, as python -m.")
@serve_options
@python_option
@command
def cli(
    console: Console,
    *,
    target: str | None,
    module: str | None,
    python: str | None,
    arguments: tuple[str, ...],
    **flags: Any,
) -> NoReturn:
    """Serve a script as it is, or an app, with a production server.

    TARGET is a script, a folder, module:app or module:factory. What stands behind --
    is the script's own command line: uncork serve server.py -- --limit 3
    """
    found = _find(target, module)
    interpreter = find_interpreter(python, found.folder)
    if python is not None:
        interpreter.has("uncork")  # Whether it is a Python at all; one that was found is.
    if interpreter.source not in _OWN_CHOICE and interpreter.path != Path(sys.executable):
        console.progress(f"uncork: the app's Python is {interpreter.path}, {interpreter.source}")
    said, of_file = _by_source(flags)
    script_says = None
    if found.import_string is not None:
        script_says, arguments = _from_script(found, arguments), ()
    argv = command_line(
        found, target, interpreter, said, arguments, of_file=of_file, script_says=script_says
    )
    _start_from(found, target)
    become(argv)


def command_line(
    found: Target,
    typed: str | None,
    interpreter: Interpreter,
    options: ServeOptions,
    arguments: Sequence[str],
    *,
    of_file: ServeOptions | None = None,
    script_says: ServeOptions | None = None,
) -> list[str]:
    """The runner's command line.

    Args:
        found: the target.
        typed: the target as it was typed; the script sees it as sys.argv[0].
        interpreter: the app's.
        options: the flags.
        arguments: the script's own.
        of_file: what a settings file says; the environment comes before it.
        script_says: the host and port that the script would have run on, for an import
            string whose script is known. A script says them itself.

    Raises:
        UsageError: options exclude each other, or a variable is wrong.
    """
    options = with_environment(options, os.environ)
    options = filled(options, of_file or ServeOptions())
    if script_says is not None and found.import_string is not None:
        options = filled(options, script_says)
    return serve_argv(
        str(interpreter.path),
        _as_typed(found, typed) or found.name,
        options,
        arguments,
        # By path in any other: which uncork it may have is not asked, that takes a process.
        installed=interpreter.path == Path(sys.executable),
        module=found.module is not None,
    )


def _as_typed(found: Target, typed: str | None) -> str | None:
    """The path as the user typed it, which becomes sys.argv[0]; None, no path was typed."""
    if typed is None or not (Path(typed).is_file() or found.archive is not None):
        return None
    # A bare name of a folder that is a package would be one to import.
    return typed + os.sep if (Path(typed) / "__init__.py").is_file() else typed


def _start_from(found: Target, typed: str | None) -> None:
    """Change to the folder that an app is started from, where that is not the current one."""
    in_folder = typed is not None and Path(typed).is_dir() and found.archive is None
    if found.import_string is not None or in_folder:
        os.chdir(found.folder)


def _by_source(flags: dict[str, Any]) -> tuple[ServeOptions, ServeOptions]:
    """What was said for this call, and what a settings file says."""
    of_file = {name for name in flags if _from_file(name)}
    # with_environment() reads the environment, whose word is weaker than a flag's.
    said = {name: value for name, value in flags.items() if name not in of_file | _of_environment()}
    return ServeOptions(**said), ServeOptions(**{name: flags[name] for name in of_file})


def _of_environment() -> set[str]:
    context = click.get_current_context()
    return {
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.ENVIRONMENT
    }


def _from_file(name: str) -> bool:
    """Whether a settings file gave this option."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT_MAP


def _from_script(found: Target, arguments: Sequence[str]) -> ServeOptions | None:
    """What the script of an import string would listen on; its options become settings.

    Nothing reads the command line of an app that is imported: they go into the environment.

    Raises:
        UsageError: the options can't be told.
    """
    if found.script is None:
        if arguments:
            raise UsageError(
                f"{arguments[0]}: the script of {found.import_string} was not found, so that its "
                "options are not known",
                hint="set them in the environment, or name the script",
            )
        return None
    # All of the analysis, which a script that is served as it is has no need of.
    from uncork.analysis.arguments import server_arguments  # noqa: PLC0415
    from uncork.analysis.facts import Facts  # noqa: PLC0415
    from uncork.discovery.load import load_project  # noqa: PLC0415

    try:
        known = server_arguments(Facts(load_project(found)), arguments)
    except SourceError:
        # The app's own interpreter will say it better, with the app's own traceback.
        return None
    os.environ.update(known.environment)
    return ServeOptions(host=known.host, port=known.port)


def become(argv: Sequence[str]) -> NoReturn:
    """Replace this process: its pid, and with it NOTIFY_SOCKET and LISTEN_PID, stay right."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(argv[0], list(argv))  # noqa: S606 - no shell is what is wanted


def _find(target: str | None, module: str | None) -> Target:
    """The target; a bare module name that stands here is an import string, as for Flask.

    Raises:
        UsageError: there is none of that name, or two are named.
    """
    if target is not None and _from_file("module"):
        module = None
    if module is not None:
        if target is not None:
            raise UsageError(
                f"-m {module} and {target} are two targets",
                hint="the script's own arguments stand behind --",
            )
        return find_module(module)
    if target is not None and _MODULE.fullmatch(target) and not Path(target).exists():
        stem = Path(*target.split("."))
        if stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file():
            return Target(Path.cwd(), import_string=target)
    return find_target(target)
