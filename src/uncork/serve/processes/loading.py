"""An app that is loaded in a process which does not serve it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, ExitStatus, SourceError, UncorkError
from uncork.serve.application import find_application
from uncork.serve.ending import run_guarded
from uncork.serve.imports import ImportHooks
from uncork.serve.logs import say
from uncork.serve.runner import Runner
from uncork.serve.seams import all_hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.serve.listen import Listener
    from uncork.serve.options import ServeOptions
    from uncork.serve.provide import Waitress
    from uncork.serve.signals import Signals


class Loading(Runner):
    """The runner while the app is loaded: nothing may be served by what is imported.

    Args:
        target: the import string.
        options: flags and environment variables.
        waitress: which one would serve.
        signals: not installed.
        why: what stands against that; it reads on behind "and".
        may_speak: whether this process is the one that says what goes wrong.
    """

    application: Any = None

    def __init__(
        self,
        target: str,
        options: ServeOptions,
        waitress: Waitress,
        signals: Signals,
        why: str,
        may_speak: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(target, options, waitress, signals)
        self._why = why
        self._may_speak = may_speak

    def load(self) -> Any:
        """Load the app into `application`; what goes wrong has been said when this returns.

        Returns:
            The exit status if there is no application.
        """
        ImportHooks(all_hooks(self)).install()
        status = run_guarded(self, self._signals, self._find)
        return status if self.failure is None else self.failure

    def _find(self) -> None:
        try:
            self.application = find_application(self._target)
        except (SourceError, DeclinedError) as error:
            self.fail(error)
        except BaseException:
            if self.failure is not None or self._may_speak():
                raise
            self.failure = int(ExitStatus.PENDING)
            raise SystemExit(self.failure) from None

    def fail(self, error: UncorkError) -> NoReturn:
        """As in a single process, but one process says it for all."""
        if self._may_speak():
            say(error)
        self.failure = int(error.status)
        raise SystemExit(self.failure)

    def leave(self, _number: int, _frame: object) -> None:
        """A signal asks for a stop while the app is loaded: there is nothing to drain."""
        self.failure = 0
        raise SystemExit(0)

    def claim(self, *_args: Any, **_kwargs: Any) -> list[Listener]:
        """Declined, whatever it is for."""
        self.decline(
            f"{self._target} runs a server by itself when it is imported, and {self._why}",
            hint="put the run call under if __name__ == '__main__'",
        )
