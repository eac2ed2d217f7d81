"""``python -m uncork.serve``: one run, from the command line to the exit status."""

from __future__ import annotations

import argparse
import atexit
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, SourceError, UncorkError, UsageError
from uncork.serve.again import Again
from uncork.serve.application import find_application
from uncork.serve.argv import WAITRESS_OPTION, split_argv
from uncork.serve.ending import last_word, run_guarded
from uncork.serve.files import make_room
from uncork.serve.imports import ImportHooks
from uncork.serve.listen import inherited_listeners
from uncork.serve.logs import say, unbuffer, warn
from uncork.serve.notify import Watchdog, notify, status_line
from uncork.serve.options import (
    ANY_PROXY,
    DEFAULT_DRAIN_TIMEOUT,
    FLAGS,
    ServeOptions,
    need_trusted_proxy,
    with_environment,
)
from uncork.serve.processes.choice import (
    need_one_process,
    need_processes,
    serve_in_processes,
    wants_processes,
)
from uncork.serve.program import ImportString, Named, Script, find_program
from uncork.serve.provide import provide_waitress
from uncork.serve.runner import RunCall, Runner
from uncork.serve.seams import all_hooks
from uncork.serve.signals import Signals
from uncork.serve.tripwire import Tripwire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uncork.serve.program import Archive, Module, Program

NAME = "python -m uncork.serve"


def main(argv: Sequence[str]) -> NoReturn:
    """Serve a target and exit with the script's own status, or with one of uncork's."""
    again = Again(os.environ)
    try:
        named, options, arguments, waitress_folder = parse(argv)
        need_trusted_proxy(options)
        need_processes(options)
        target, program = str(named), find_program(named)
        if not isinstance(program, ImportString):
            need_one_process(target, options)
        waitress = provide_waitress(waitress_folder)
        inherited = inherited_listeners(os.environ)
    except UncorkError as error:
        say(error)
        sys.exit(error.status)
    make_room(options.connection_limit)
    unbuffer()
    if ANY_PROXY in (options.trusted_proxy or ()):
        warn(
            "--trusted-proxy *: whoever can connect is believed who it says the client is; "
            "see to it that this is the proxy alone"
        )
    if isinstance(program, ImportString) and wants_processes(options):
        _clean_environment(program, again)
        watchdog = Watchdog.from_environment(os.environ)
        serve_in_processes(target, options, waitress, inherited, watchdog)
    timeout = DEFAULT_DRAIN_TIMEOUT if options.drain_timeout is None else options.drain_timeout
    signals = Signals(timeout)
    signals.install()
    watchdog = Watchdog.from_environment(os.environ)
    notify(status_line(f"starting {target}"))
    runner = Runner(target, options, waitress, signals, inherited, watchdog)
    runner.again = again
    ImportHooks(all_hooks(runner)).install()
    Tripwire(runner).install()
    _clean_environment(program, again)
    if isinstance(program, ImportString):
        status = run_guarded(runner, signals, lambda: _serve_import_string(runner, target))
    else:
        atexit.register(last_word, runner, target)
        os.register_at_fork(after_in_parent=runner.fork_happened)
        status = run_guarded(runner, signals, lambda: _run(runner, program, arguments))
    sys.exit(status if runner.failure is None else runner.failure)


def parse(argv: Sequence[str]) -> tuple[Named, ServeOptions, list[str], str | None]:
    """The target, its options, its own command line, and the folder of uncork's waitress.

    Raises:
        UsageError: the command line, or an environment variable, is wrong.
    """
    own, arguments = split_argv(argv)
    parser = _Parser(prog=NAME, allow_abbrev=False, description="Serve a script or an app.")
    parser.add_argument(
        "target", metavar="TARGET", nargs="?", help="a script, a folder or module:app"
    )
    parser.add_argument(
        "-m", dest="module", metavar="PACKAGE", help="a package or module instead, as of python -m"
    )
    parser.add_argument(WAITRESS_OPTION, help=argparse.SUPPRESS)
    for flag in FLAGS:
        if flag.metavar:
            convert = _converted(flag.convert)
            parser.add_argument(
                flag.option,
                metavar=flag.metavar,
                type=convert,
                help=flag.help,
                # Its values are tuples, which add up.
                action="extend" if flag.repeated else "store",
            )
        else:
            parser.add_argument(flag.option, action="store_const", const=True, help=flag.help)
    parsed = parser.parse_args(own)
    said = {flag.name: getattr(parsed, flag.name) for flag in FLAGS}
    for flag in FLAGS:
        if flag.repeated and said[flag.name] is not None:
            said[flag.name] = tuple(said[flag.name])
    given = ServeOptions(**said)
    if (parsed.target is None) == (parsed.module is None):
        parser.error("name a TARGET, or a package with -m")
    named = Named(parsed.module or parsed.target, is_module=parsed.module is not None)
    return named, with_environment(given, os.environ), arguments, parsed.waitress


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors take the form of all others."""

    def error(self, message: str) -> NoReturn:
        unknown = message.startswith("unrecognized arguments")
        raise UsageError(
            message,
            hint="the script's own arguments stand behind --" if unknown else f"{NAME} --help",
        )


def _converted(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def converted(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return converted


def _clean_environment(program: Program, again: Again) -> None:
    """Forget what a development server around us said; say what its reloader would have."""
    os.environ.pop("FLASK_RUN_FROM_CLI", None)  # Flask.run would return at once.
    source = program.source if isinstance(program, Script) else None
    again.set_variable(source, getattr(program, "path", "."), os.environ)


def _serve_import_string(runner: Runner, target: str) -> None:
    try:
        application = find_application(target)
    except (SourceError, DeclinedError) as error:
        runner.fail(error)
    if not runner.has_served:
        runner.run(RunCall(application), [])


def _run(runner: Runner, program: Script | Module | Archive, arguments: Sequence[str]) -> None:
    try:
        program.run(arguments)
    except SourceError as error:
        runner.fail(error)
