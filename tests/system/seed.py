"""The files that a test machine starts with: uncork, an environment for apps, and the apps.

Nothing is downloaded: packages are copied from the environment that runs the tests. They are
pure Python, or can do without their compiled part, so that the machine's own Python,
whatever its version, can use them.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from pathlib import Path

from tests.examples import copy_example

import uncork

PYTHON = "/usr/bin/python3"
"""The distribution's: one that lives in a user's home can't be run by a service user."""
OWN = ("click", "waitress")
FLASK = ("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker")
HERE = Path(__file__).parent


def make_seed(root: Path) -> None:
    """Fill a folder with what is laid over the machine's root.

    ``/opt/uncork`` is uncork in an environment of its own, as pipx would install it;
    ``/opt/flask`` an environment with Flask and without uncork; ``/opt/apps`` the apps.
    """
    tool = make_environment(root / "opt" / "uncork", OWN)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(uncork.__file__).parent, tool / "uncork", ignore=ignored)
    make_environment(root / "opt" / "flask", FLASK)
    # As pip would have left them: else each start would compile all of Flask.
    subprocess.run([PYTHON, "-m", "compileall", "-q", root / "opt"], check=True)
    shutil.copytree(HERE / "apps", root / "opt" / "apps", ignore=ignored)
    copy_example("greeter", root / "opt" / "apps" / "greeter")
    for helper in ("clients.py", "faults.py"):
        shutil.copy(HERE / helper, root / "opt" / helper)
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def make_environment(folder: Path, distributions: tuple[str, ...]) -> Path:
    """Make a virtual environment with copies of distributions; returns its site-packages."""
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in distributions:
        copy_distribution(name, packages)
    return packages


def copy_distribution(name: str, packages: Path) -> None:
    """Copy an installed distribution, without its scripts."""
    distribution = importlib.metadata.distribution(name)
    for file in distribution.files or ():
        source = Path(str(distribution.locate_file(file)))
        if ".." not in file.parts and "__pycache__" not in file.parts and source.is_file():
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
