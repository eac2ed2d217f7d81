"""How the user's code ended: what is said, and the exit status."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from uncork.errors import DeclinedError, ExitStatus, Place, SourceError
from uncork.serve.application import flask_objects, local_factories
from uncork.serve.load import show_exception
from uncork.serve.logs import say, tell
from uncork.serve.native import watch
from uncork.serve.place import innermost_place, short, stands_in_library

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.serve.runner import Runner
    from uncork.serve.signals import Signals

_FAILED = 1


def run_guarded(runner: Runner, signals: Signals, run: Callable[[], None]) -> Any:
    """Run the user's code to its end, threads that serve included.

    Returns:
        What sys.exit is to be called with: the script's own argument of it, if it has one.
    """
    status: Any = 0
    try:
        run()
        runner.script_fell_through = True
    except SystemExit as stop:
        status = stop.code
        if not runner.has_served and runner.failure is None:
            _tell_early_exit(stop, signals)
    except KeyboardInterrupt as error:
        show_exception(error)
        status = int(ExitStatus.INTERRUPTED)
        if not runner.has_served:
            _tell_early_stop("SIGINT", error)
    except SyntaxError as error:
        show_exception(error)
        status = _unparsable(error)
    except ModuleNotFoundError as error:
        show_exception(error)
        status = _FAILED
        _hint_at_interpreter(error)
    except BaseException as error:  # noqa: BLE001 - the script's, reported as python would
        show_exception(error)
        status = _FAILED
    signals.script_has_ended()
    signals.wait_for_servers()
    if (patience := signals.patience_with_threads()) is not None:
        _bound_the_rest(patience, status)
    return status


def _bound_the_rest(seconds: float, status: Any) -> None:
    """SIGTERM ends threads that go on for ever, as it does under python.

    The interpreter waits for every thread that is no daemon (`threading._shutdown`)
    before it calls what atexit knows. Executors end only in there, so the rest of the
    way must be left to it: only one that gets stuck is ended here.
    """

    def leave() -> None:
        if not (names := _unending_threads()):
            return
        tell(f"SIGTERM: ended beside {', '.join(names)}, which did not end (not a daemon)")
        atexit._run_exitfuncs()  # noqa: SLF001 - what os._exit leaves out
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else status is not None)

    watch(lambda: False, seconds, leave)


def _unending_threads() -> list[str]:
    main = threading.main_thread()
    alive = threading.enumerate()
    return [f"thread {each.name}" for each in alive if each is not main and not each.daemon]


def last_word(runner: Runner, target: str) -> None:
    """Behind everything else, threads and atexit included: a script that never ran an app.

    Registered first, so called last. The status can only be set here by leaving at once.

    Args:
        runner: has it served?
        target: the script, as it was typed.
    """
    if runner.has_served or runner.failure is not None or not runner.script_fell_through:
        return
    if runner.has_forked:
        return  # A child may have served.
    did, hint = _what_it_makes(vars(sys.modules["__main__"]), target)
    say(
        DeclinedError(
            f"the script ended without running an app: {did}", hint=hint, place=Place(target)
        )
    )
    sys.stdout.flush()
    os._exit(DeclinedError.status)


def _what_it_makes(namespace: dict[str, Any], target: str) -> tuple[str, str]:
    """What the script has instead of a run call, and how that is served."""
    folder, file = os.path.split(target)
    module = file.removesuffix(".py")
    served = f"uncork serve {module}:%s" if module.isidentifier() else "add a call of its run()"
    if folder and module.isidentifier():
        served = f"in {folder}: {served}"
    if objects := flask_objects(namespace):
        return f"it makes {objects[0]}, and nothing runs it", served.replace("%s", objects[0])
    if factories := local_factories(namespace):
        return f"it defines {factories[0]}(), and nothing calls it", served.replace(
            "%s", factories[0]
        )
    return "it makes no Flask app", "name the script that runs it"


def _tell_early_exit(stop: SystemExit, signals: Signals) -> None:
    if signals.stopping:
        _tell_early_stop(signals.stop_name or "SIGTERM", stop)
    elif stop.code is None or stop.code == 0:
        tell("the script has exited by itself, before it ran an app")


def _tell_early_stop(signal: str, error: BaseException) -> None:
    """A start that takes too long, or never ends: where it was says why."""
    place = innermost_place(error.__traceback__)
    where = f"; it was at {place}" if place else ""
    tell(f"{signal}: stopped before it ran an app{where}")


def _unparsable(error: SyntaxError) -> int:
    """The exit status of a syntax error that nobody caught: the user's file can't be parsed."""
    name = error.filename
    if not name or name.startswith("<") or stands_in_library(name):
        return _FAILED
    from uncork.serve.unparsable import explained  # noqa: PLC0415 - only here

    more = explained(error, short(name))
    if more is not None:
        say(more)
    return int(SourceError.status)


def _hint_at_interpreter(error: ModuleNotFoundError) -> None:
    """A library that is missing is most often there in another interpreter."""
    name = (error.name or "").partition(".")[0]
    if name and name not in sys.modules:
        sys.stderr.write(
            f"hint: {sys.executable} has no module {name}; "
            "if the app has another Python, name it with --python\n"
        )
