"""``python -m uncork.serve``: one run, from the command line to the exit status."""

from __future__ import annotations

import argparse
import atexit
import difflib
import os
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, Place, SourceError, UncorkError, UsageError
from uncork.serve.application import find_application, flask_objects
from uncork.serve.argv import WAITRESS_OPTION, split_argv
from uncork.serve.imports import ImportHooks
from uncork.serve.listen import inherited_listeners
from uncork.serve.load import run_script, show_exception
from uncork.serve.logs import tell, unbuffer
from uncork.serve.options import DEFAULT_DRAIN_TIMEOUT, FLAGS, ServeOptions, with_environment
from uncork.serve.provide import provide_waitress
from uncork.serve.reloader import VARIABLE, uses_reloader
from uncork.serve.runner import RunCall, Runner, say
from uncork.serve.seams import all_hooks
from uncork.serve.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INTERRUPTED = 130
NAME = "python -m uncork.serve"


def main(argv: Sequence[str]) -> NoReturn:
    """Serve a target and exit with the script's own status, or with one of uncork's."""
    try:
        target, options, arguments, waitress_folder = parse(argv)
        source = _read(target) if _is_path(target) else None
        waitress = provide_waitress(waitress_folder)
        inherited = inherited_listeners(os.environ)
    except UncorkError as error:
        say(error)
        sys.exit(error.status)
    unbuffer()
    timeout = DEFAULT_DRAIN_TIMEOUT if options.drain_timeout is None else options.drain_timeout
    signals = Signals(timeout)
    signals.install()
    runner = Runner(target, options, waitress, signals, inherited)
    ImportHooks(all_hooks(runner)).install()
    _clean_environment(source)
    if source is None:
        status = _guarded(runner, signals, lambda: _serve_import_string(runner, target))
    else:
        atexit.register(_last_word, runner, target)
        os.register_at_fork(after_in_parent=runner.fork_happened)
        status = _guarded(runner, signals, lambda: run_script(target, source, arguments))
    sys.exit(status if runner.failure is None else runner.failure)


def parse(argv: Sequence[str]) -> tuple[str, ServeOptions, list[str], str | None]:
    """The target, its options, its own command line, and the folder of uncork's waitress.

    Raises:
        UsageError: the command line, or an environment variable, is wrong.
    """
    own, arguments = split_argv(argv)
    parser = _Parser(prog=NAME, allow_abbrev=False, description="Serve a script or an app.")
    parser.add_argument("target", metavar="TARGET", help="a script or module:app")
    parser.add_argument(WAITRESS_OPTION, help=argparse.SUPPRESS)
    for flag in FLAGS:
        parser.add_argument(
            flag.option, metavar=flag.metavar, type=_converted(flag.convert), help=flag.help
        )
    parsed = parser.parse_args(own)
    given = ServeOptions(**{f.name: getattr(parsed, f.name) for f in fields(ServeOptions)})
    return parsed.target, with_environment(given, os.environ), arguments, parsed.waitress


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


def _is_path(target: str) -> bool:
    """Whether a target is a script's path rather than an import string."""
    return os.sep in target or target.endswith((".py", ".pyw")) or os.path.isfile(target)  # noqa: PTH113


def _read(script: str) -> bytes:
    try:
        with open(script, "rb") as file:  # noqa: PTH123 - pathlib costs 8 ms at start
            return file.read()
    except FileNotFoundError as error:
        raise UsageError(f"there is no {script}", hint=_near_miss(script)) from error
    except OSError as error:
        raise UsageError(
            f"{script} can't be read: {(error.strerror or '').lower()}",
            hint="name the script that you start with python",
        ) from error


def _near_miss(script: str) -> str:
    folder, name = os.path.split(script)
    try:
        names = [each for each in os.listdir(folder or ".") if each.endswith(".py")]  # noqa: PTH208
    except OSError:
        names = []
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {os.path.join(folder, near[0])}?"  # noqa: PTH118
    return "name a script or module:app"


def _clean_environment(source: bytes | None) -> None:
    """Forget what a development server around us said; say what its reloader would have."""
    os.environ.pop("FLASK_RUN_FROM_CLI", None)  # Flask.run would return at once.
    os.environ.pop(VARIABLE, None)
    if source is not None and uses_reloader(source, os.environ):
        os.environ[VARIABLE] = "true"


def _serve_import_string(runner: Runner, target: str) -> None:
    try:
        application = find_application(target)
    except (SourceError, DeclinedError) as error:
        runner.fail(error)
    if not runner.has_served:
        runner.run(RunCall(application), [])


def _guarded(runner: Runner, signals: Signals, run: Callable[[], None]) -> Any:
    """Run the user's code to its end, threads that serve included; returns sys.exit's argument."""
    status: Any = 0
    try:
        run()
        runner.script_fell_through = True
    except SystemExit as stop:
        status = stop.code
        if not runner.has_served and runner.failure is None and not signals.stopping:
            _tell_early_exit(status)
    except KeyboardInterrupt as error:
        show_exception(error)
        status = _INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - the script's, reported as python would
        show_exception(error)
        status = 1
    signals.script_has_ended()
    signals.wait_for_servers()
    return status


def _tell_early_exit(code: Any) -> None:
    if code is None or code == 0:
        tell("the script has exited by itself, before it ran an app")


def _last_word(runner: Runner, target: str) -> None:
    """Behind everything else, threads and atexit included: a script that never ran an app.

    Registered first, so called last. The status can only be set here by leaving at once.
    """
    main_module = sys.modules["__main__"]
    if runner.has_served or runner.failure is not None or not runner.script_fell_through:
        return
    if runner.has_forked:
        return  # A child may have served.
    objects = flask_objects(vars(main_module))
    did = f"it makes {objects[0]}, and nothing runs it" if objects else "it makes no Flask app"
    name = os.path.basename(target).removesuffix(".py")  # noqa: PTH119
    say(
        DeclinedError(
            f"the script ended without running an app: {did}",
            hint=f"uncork serve {name}:{objects[0]}" if objects else "name the script that runs it",
            place=Place(target),
        )
    )
    sys.stdout.flush()
    os._exit(DeclinedError.status)
