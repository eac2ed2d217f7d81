"""A stage on which a script and its migrated form play without a server, a disk or a process.

Flask is a stand-in whose `run` looks at the views and returns; atexit one that is asked
to play its callbacks. Scripts report what they do by calling `effect`.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import PurePath
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass
class Performance:
    """What was seen of one run.

    Args:
        started: the effects before requests were served.
        answers: what each view answered, by name.
        config: app.config while requests were served.
        ended: the effects after the server had stopped.
        run_with: the run call's arguments; '' under a server.
        printed: what was printed before and after.
        names: the module's own names while requests were served.
        exit: the status that it ended with, or what it failed with; `...` for neither.
    """

    started: list[object] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    config: dict[str, object] = field(default_factory=dict)
    ended: list[object] = field(default_factory=list)
    run_with: str = ""
    printed: str = ""
    names: dict[str, str] = field(default_factory=dict)
    exit: object = ...


# Addresses, and what depends on where a thing was made.
_PASSING = re.compile(r" at 0x[0-9a-f]+|__main__\.|server\.|\b(?:init_app|main)\.<locals>\.")


def shown(value: object) -> str:
    """A value's representation, as far as it must not change."""
    return without_passing(repr(value))


def without_passing(text: str) -> str:
    """A text without addresses, and without what depends on where a thing was made."""
    return _PASSING.sub("", text)


def _answer(view: Callable[[], Any]) -> str:
    try:
        answer = view()
        if inspect.iscoroutine(answer):
            answer.send(None)
        return shown(answer)
    except StopIteration as end:
        return shown(end.value)
    except Exception as error:  # noqa: BLE001 - whatever it is, both must do it
        return type(error).__name__


def _outcome(action: Callable[[], object]) -> object:
    """What an action ends the program with: an exit status, an error's name, or `...`."""
    try:
        action()
    except SystemExit as end:
        return end.code
    except Exception as error:  # noqa: BLE001 - whatever it is, both must do it
        return f"{type(error).__name__}: {error}"
    return ...


class _Config(dict[str, Any]):
    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self._files = files

    def from_pyfile(self, name: str) -> None:
        namespace: dict[str, Any] = {}
        exec(self._files[PurePath(name).name], namespace)  # noqa: S102 - generated a moment ago
        self.update({key: value for key, value in namespace.items() if key.isupper()})


class _Exits:
    """atexit, whose callbacks run when they are told to."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[], object]] = []

    def register(self, callback: Callable[[], object]) -> None:
        self.callbacks.append(callback)

    def run(self) -> object:
        """What the first of them fails with, or `...`; a failure does not keep the others back."""
        outcomes = [_outcome(self.callbacks.pop()) for _ in range(len(self.callbacks))]
        return next((outcome for outcome in outcomes if outcome is not ...), ...)


class Stage:
    """Plays one set of files, once as a script and once under a server."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._seen = Performance()
        self._effects = self._seen.started
        self._views: dict[str, Callable[[], object]] = {}
        self._exits = _Exits()
        self._names: dict[str, Any] = {}
        self.app: Any = None

    def as_script(self, arguments: Sequence[str]) -> Performance:
        """``python server.py ARGUMENTS``."""
        with self._set_up({}, ["server.py", *arguments]):
            ended = _outcome(lambda: self._execute("server.py", "__main__"))
            exits = self._exits.run()
            self._seen.exit = exits if ended is ... else ended
        return self._seen

    def as_wsgi(self, environment: Mapping[str, str]) -> Performance:
        """``waitress-serve --call wsgi:create_app``."""
        with self._set_up(environment, ["waitress-serve", "--call", "wsgi:create_app"]):
            ended = _outcome(self._load_and_serve)
            exits = self._exits.run()
            self._seen.exit = exits if ended is ... else ended
        return self._seen

    def _load_and_serve(self) -> None:
        entry = self._execute("wsgi.py", "wsgi")
        self.app = entry.create_app()
        assert entry.create_app() is self.app
        self._serve()

    @contextlib.contextmanager
    def _set_up(self, environment: Mapping[str, str], argv: list[str]) -> Iterator[None]:
        stubs = {"flask": self._flask(), "atexit": self._exits, "effects": self._effect_module()}
        finder, printed = _Finder(self), io.StringIO()
        with (
            patch.dict(sys.modules, stubs),
            patch.dict(os.environ, environment),
            patch.object(sys, "argv", argv),
            patch.object(sys, "meta_path", [finder, *sys.meta_path]),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            yield
        self._seen.printed = printed.getvalue()

    def _flask(self) -> ModuleType:
        stage = self

        class Flask:
            def __init__(self, name: str) -> None:
                self.name = name
                self.config = _Config(stage._files)
                stage.app = self

            def route(self, _: str) -> Callable[[Any], Any]:
                def register(view: Callable[[], object]) -> Callable[[], object]:
                    stage._views[view.__name__] = view
                    return view

                return register

            def run(self, **options: object) -> None:
                stage._seen.run_with = shown(options)
                stage._serve()

        module = ModuleType("flask")
        module.Flask = Flask  # type: ignore[attr-defined]
        return module

    def _effect_module(self) -> ModuleType:
        module = ModuleType("effects")

        def effect(*what: object) -> object:
            self._effects.append(shown(what))
            return what[0]

        module.effect = effect  # type: ignore[attr-defined]
        return module

    def _serve(self) -> None:
        self._seen.answers = {name: _answer(view) for name, view in self._views.items()}
        self._seen.config = {key: shown(value) for key, value in self.app.config.items()}
        self._seen.names = {key: shown(value) for key, value in self._names.items()}
        self._effects = self._seen.ended

    def _execute(self, file: str, name: str) -> Any:
        module = ModuleType(name)
        with patch.dict(sys.modules, {name: module}):
            self.run_module(module, file)
        return module

    def run_module(self, module: ModuleType, file: str) -> None:
        """Execute one of the files in a module that exists."""
        module.__file__ = f"/stage/{file}"
        if file == "server.py":
            self._names = module.__dict__
        code = compile(self._files[file], file, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - generated a moment ago


class _Finder:
    """Imports the stage's own files."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        del path, target
        if f"{name}.py" not in self._stage._files:
            return None
        from importlib.machinery import ModuleSpec  # noqa: PLC0415 - a finder must be quick to load

        return ModuleSpec(name, self)  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> None:
        del spec

    def exec_module(self, module: ModuleType) -> None:
        self._stage.run_module(module, f"{module.__name__}.py")
