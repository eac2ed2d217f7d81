"""TARGET: a script, a folder, a package, an import string, or nothing at all."""

from __future__ import annotations

import difflib
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uncork.errors import SourceError, UsageError

if TYPE_CHECKING:
    from types import ModuleType

_IMPORT_STRING = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(.*\))?", re.DOTALL)
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_SCRIPTS = {".py", ".pyw", ".wsgi", ".cgi", ""}
_ARCHIVES = {".pyz", ".pyzw"}
"""zipapp's: https://docs.python.org/3/library/zipapp.html."""
_SHEBANG = re.compile(rb"#!.*\bpython")


@dataclass(frozen=True)
class Target:
    """What the user pointed at.

    Args:
        folder: the absolute folder that the app is started from.
        script: the absolute path of the script that runs the app, if it is known.
        import_string: ``module:app`` or ``module:factory``, if the app is importable.
        archive: a folder or a zip file that python runs by the ``__main__.py`` in it.
        module: a package or module that ``python -m`` runs.
    """

    folder: Path
    script: Path | None = None
    import_string: str | None = None
    archive: Path | None = None
    module: str | None = None

    @property
    def name(self) -> str:
        """What `uncork serve` is given: an import string, a module's name, or a path."""
        return self.import_string or self.module or str(self.archive or self.script)

    def need_script(self) -> Path:
        """The script, for commands that read source.

        Raises:
            UsageError: the target is an import string whose script is not known.
        """
        if self.script is None:
            kind = "an import string" if self.import_string else "an archive"
            raise UsageError(
                f"{self.name} is {kind}, and this command reads a script",
                hint="name the script that runs the app, such as server.py",
            )
        return self.script


def find_target(given: str | None, cwd: Path | None = None) -> Target:
    """The target that the command line names, or the one that stands in the current folder.

    Left out, it is searched for as Flask does (FLASK_APP, wsgi.py, app.py), then
    as the one script that runs an app.

    Raises:
        UsageError: it does not exist, or several scripts could be meant.
        SourceError: nothing here runs an app.
    """
    cwd = (cwd or Path.cwd()).resolve()
    if given is None:
        flask_app = os.environ.get("FLASK_APP")
        return _named_by_flask(flask_app, cwd) if flask_app else _in_folder(cwd)
    path = _resolved(given, cwd)
    if path.is_dir():
        return _of_folder(given, path, cwd)
    if path.is_file():
        return _of_file(path)
    if _IMPORT_STRING.fullmatch(given):
        return _of_import_string(given.removesuffix("()"), cwd)
    raise UsageError(f"there is no {given}", hint=_near_miss(given, cwd))


def find_module(name: str, cwd: Path | None = None) -> Target:
    """The target of ``-m NAME``. The app's own interpreter finds the module.

    Raises:
        UsageError: it is no module's name.
    """
    cwd = (cwd or Path.cwd()).resolve()
    if not _MODULE.fullmatch(name):
        stem = name.removesuffix(".py").strip("/").replace("/", ".")
        near = f"did you mean -m {stem}?" if _MODULE.fullmatch(stem) else "uncork serve SCRIPT"
        raise UsageError(f"-m takes a module's name, and {name} is none", hint=near)
    base = cwd.joinpath(*name.split("."))
    for file in (base / "__main__.py", base.with_suffix(".py")):
        if file.is_file():
            return Target(cwd, script=file, module=name)
    return Target(cwd, module=name)


def _resolved(given: str, cwd: Path) -> Path:
    try:
        return (cwd / given).resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError up to Python 3.12.
        raise UsageError(
            f"{given} can't be read: it is a link to itself", hint="name the script itself"
        ) from error


def _of_file(path: Path) -> Target:
    if path.suffix in _ARCHIVES and zipfile.is_zipfile(path):
        return Target(path.parent, archive=path)
    if path.suffix not in _SCRIPTS and not _SHEBANG.match(_head(path)):
        raise UsageError(
            f"{path.name} is not a Python script", hint="name the script that runs the app"
        )
    return Target(path.parent, script=path)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.readline(200)
    except OSError:
        return b""


def _of_folder(given: str, path: Path, cwd: Path) -> Target:
    """A folder: what python would run of it, else what is found in it.

    A migrated app, and one that Flask would find, come before ``__main__.py``.

    Raises:
        UsageError: it is a package that only ``python -m`` can run, or several are meant.
        SourceError: nothing in it runs an app.
    """
    main = path / "__main__.py"
    if not main.is_file() or _as_flask_finds(path) is not None:
        return _in_folder(path)
    if (path / "__init__.py").is_file() and _look().imports_relatively(main):
        raise UsageError(
            f"{given} is a package whose __main__ imports from it, which only python -m can run",
            hint=f"uncork serve -m {path.name}"
            if path.parent == cwd
            else f"cd {path.parent} && uncork serve -m {path.name}",
        )
    return Target(cwd, script=main, archive=path)


def _of_import_string(given: str, cwd: Path) -> Target:
    module = given.partition(":")[0]
    file = cwd.joinpath(*module.split(".")).with_suffix(".py")
    package = cwd.joinpath(*module.split("."), "__init__.py")
    if not file.is_file() and not package.is_file():
        # It may be installed; its own interpreter will say.
        return Target(cwd, import_string=given)
    if file.is_file() and (name := _look().entry_script(file)):
        script = file.parent / name
        return Target(cwd, script=script if script.is_file() else None, import_string=given)
    return Target(cwd, script=file if file.is_file() else None, import_string=given)


def _named_by_flask(flask_app: str, folder: Path) -> Target:
    """What FLASK_APP names: a file or a module and perhaps a name (flask.cli.ScriptInfo).

    Flask imports it. A file that runs an app when it is the script is run as one,
    since its main block may hold what the app needs.

    Raises:
        UsageError: there is no such file.
    """
    path, colon, name = flask_app.strip().partition(":")
    plain = path.removesuffix(".py")
    module = plain.replace(os.sep, ".")
    if colon:
        return _of_import_string(f"{module}:{name.removesuffix('()')}", folder)
    file = folder / f"{plain}.py"
    if file.is_file():
        if _runs(file):
            return Target(file.parent, script=file)
        return Target(file.parent, script=file, import_string=file.stem)
    if path == plain and _MODULE.fullmatch(module):
        return Target(folder, import_string=module)
    raise UsageError(
        f"FLASK_APP names {flask_app}, and there is no such file", hint=_near_miss(path, folder)
    )


def _as_flask_finds(folder: Path) -> Target | None:
    """wsgi.py or app.py: an entry point, else a script that runs an app, else an app to import."""
    look = _look()
    for name in ("wsgi.py", "app.py"):
        path = folder / name
        if path.is_file() and (factory := look.entry_factory(path)):
            return _of_import_string(f"{path.stem}:{factory}", folder)
        if path.is_file() and look.runs_an_app(path):
            return Target(folder, script=path)
    for name in ("wsgi.py", "app.py"):
        if (folder / name).is_file() and look.makes_an_app(folder / name):
            return Target(folder, script=folder / name, import_string=name.removesuffix(".py"))
    return None


def _in_folder(folder: Path) -> Target:
    found = _as_flask_finds(folder)
    if found is not None:
        return found
    running = [path for path in sorted(folder.glob("*.py")) if _runs(path)]
    if len(running) == 1:
        return Target(folder, script=running[0])
    if running:
        names = ", ".join(path.name for path in running)
        raise UsageError(
            f"several scripts here run an app: {names}", hint=f"name one, such as {running[0].name}"
        )
    raise SourceError(
        f"nothing in {folder} runs a Flask app",
        hint="name the script that you start with python, such as server.py",
    )


def _runs(path: Path) -> bool:
    """Whether a file would serve an app as a script; one that can't be parsed would not."""
    try:
        return bool(_look().runs_an_app(path))
    except SourceError:
        return False


def _look() -> ModuleType:
    """What reads sources: a script that is named needs none of it to be served."""
    from uncork.discovery import sources  # noqa: PLC0415 - half of the start's time

    return sources


def _near_miss(given: str, cwd: Path) -> str:
    folder = (cwd / given).parent
    names = [path.name for path in folder.glob("*.py")] if folder.is_dir() else []
    near = difflib.get_close_matches(Path(given).name, names, n=1)
    if near:
        return f"did you mean {os.path.join(os.path.dirname(given), near[0])}?"  # noqa: PTH118, PTH120 - keeps the user's spelling
    return "name a script, a folder or module:app"
