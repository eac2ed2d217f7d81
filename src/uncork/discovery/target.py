"""TARGET: a script, a folder, an import string, or nothing at all."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from uncork.analysis.entry import entry_module_script, entry_of
from uncork.analysis.runner import runs_an_app
from uncork.errors import SourceError, UsageError
from uncork.source.file import SourceFile

_IMPORT_STRING = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")


@dataclass(frozen=True)
class Target:
    """What the user pointed at.

    Args:
        folder: the absolute folder that the app is started from.
        script: the absolute path of the script that runs the app, if it is known.
        import_string: ``module:app`` or ``module:factory``, if the app is importable.
    """

    folder: Path
    script: Path | None = None
    import_string: str | None = None

    @property
    def name(self) -> str:
        """What `uncork serve` is given: the import string, else the script's path."""
        return self.import_string or str(self.script)

    def need_script(self) -> Path:
        """The script, for commands that read source.

        Raises:
            UsageError: the target is an import string whose script is not known.
        """
        if self.script is None:
            raise UsageError(
                f"{self.import_string} is an import string, and this command reads a script",
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
        return _in_folder(cwd, flask_app=os.environ.get("FLASK_APP"))
    path = (cwd / given).resolve()
    if path.is_dir():
        return _in_folder(path, flask_app=None)
    if path.is_file():
        return _of_file(path)
    if _IMPORT_STRING.fullmatch(given):
        return _of_import_string(given.removesuffix("()"), cwd)
    raise UsageError(f"there is no {given}", hint=_near_miss(given, cwd))


def _of_file(path: Path) -> Target:
    if path.suffix not in {".py", ".pyw", ""}:
        raise UsageError(
            f"{path.name} is not a Python script", hint="name the script that runs the app"
        )
    return Target(path.parent, script=path)


def _of_import_string(given: str, cwd: Path) -> Target:
    module = given.partition(":")[0]
    file = cwd.joinpath(*module.split(".")).with_suffix(".py")
    package = cwd.joinpath(*module.split("."), "__init__.py")
    if not file.is_file() and not package.is_file():
        # It may be installed; its own interpreter will say.
        return Target(cwd, import_string=given)
    if file.is_file() and (name := entry_module_script(_read(file))):
        script = file.parent / name
        return Target(cwd, script=script if script.is_file() else None, import_string=given)
    return Target(cwd, script=file if file.is_file() else None, import_string=given)


def _in_folder(folder: Path, flask_app: str | None) -> Target:
    if flask_app:
        # Flask takes a module's name without ".py", too.
        plain = flask_app.isidentifier() and (folder / f"{flask_app}.py").is_file()
        return find_target(f"{flask_app}.py" if plain else flask_app, folder)
    for name in ("wsgi.py", "app.py"):
        path = folder / name
        if path.is_file() and (entry := entry_of(_read(path))):
            return _of_import_string(f"{path.stem}:{entry.factory}", folder)
        if path.is_file() and runs_an_app(_read(path)):
            return Target(folder, script=path)
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
    try:
        return runs_an_app(_read(path))
    except SourceError:
        return False


def _read(path: Path) -> SourceFile:
    return SourceFile(PurePosixPath(path.name), path.read_bytes())


def _near_miss(given: str, cwd: Path) -> str:
    folder = (cwd / given).parent
    names = [path.name for path in folder.glob("*.py")] if folder.is_dir() else []
    near = difflib.get_close_matches(Path(given).name, names, n=1)
    if near:
        return f"did you mean {os.path.join(os.path.dirname(given), near[0])}?"  # noqa: PTH118, PTH120 - keeps the user's spelling
    return "name a script, a folder or module:app"
