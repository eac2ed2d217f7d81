"""Packages that the app imports and that no requirements file names."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import modules_of
from uncork.checks.sources import app_sources
from uncork.source.requirements import is_requirements_file, normal, required_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

# The distributions that bring a module of another name.
_DISTRIBUTIONS = {
    "Crypto": "pycryptodome pycrypto pycryptodomex", "MySQLdb": "mysqlclient flask-mysqldb",
    "OpenSSL": "pyopenssl", "PIL": "pillow", "RPi": "rpi-gpio rpi-lgpio", "Xlib": "python-xlib",
    "attr": "attrs", "bs4": "beautifulsoup4", "cairo": "pycairo", "cv2": "opencv-python",
    "dash_bootstrap_components": "dash-bootstrap-components", "dateutil": "python-dateutil",
    "decouple": "python-decouple", "docx": "python-docx", "dotenv": "python-dotenv",
    "engineio": "python-engineio python-socketio flask-socketio", "faiss": "faiss-cpu faiss-gpu",
    "fitz": "pymupdf", "git": "gitpython", "gi": "pygobject", "jose": "python-jose",
    "jwt": "pyjwt flask-jwt-extended flask-jwt", "kafka": "kafka-python", "ldap": "python-ldap",
    "magic": "python-magic", "markdown": "markdown", "memcache": "python-memcached",
    "mpl_toolkits": "matplotlib", "nacl": "pynacl", "pkg_resources": "setuptools",
    "psycopg2": "psycopg2 psycopg2-binary", "serial": "pyserial", "skimage": "scikit-image",
    "sklearn": "scikit-learn sklearn", "slugify": "python-slugify", "smbus": "smbus2",
    "socketio": "python-socketio flask-socketio", "speech_recognition": "speechrecognition",
    "telegram": "python-telegram-bot", "telebot": "pytelegrambotapi", "usb": "pyusb",
    "whisper": "openai-whisper", "win32api": "pywin32", "wx": "wxpython", "yaml": "pyyaml",
    "zmq": "pyzmq",
}  # fmt: skip
# What comes with something else: nobody names it again.
_BROUGHT = {
    "flask": "apiflask connexion dash quart flask-*", "werkzeug": "flask", "jinja2": "flask",
    "click": "flask", "itsdangerous": "flask", "markupsafe": "flask jinja2", "blinker": "flask",
    "alembic": "flask-migrate", "bson": "pymongo flask-pymongo mongoengine",
    "bson.objectid": "pymongo", "boto3": "sagemaker", "botocore": "boto3", "certifi": "requests",
    "dash_core_components": "dash", "dash_html_components": "dash", "dash_table": "dash",
    "gridfs": "pymongo", "joblib": "scikit-learn", "keras": "tensorflow", "greenlet": "gevent",
    "marshmallow": "flask-marshmallow flask-smorest apiflask marshmallow-*",
    "marshmallow_sqlalchemy": "flask-marshmallow", "mongoengine": "flask-mongoengine",
    "mysql": "mysql-connector-python mysql-connector", "numpy": "pandas scipy opencv-* torch "
    "tensorflow* scikit-learn matplotlib keras xgboost tflite-* face-recognition dlib",
    "pandas": "dash-* yfinance seaborn", "plotly": "dash", "pymongo": "flask-pymongo mongoengine",
    "pytz": "pandas apscheduler flask-restx django", "redis": "flask-redis rq celery flask-rq*",
    "requests": "requests-* spotipy twilio", "scipy": "scikit-learn", "six": "*",
    "setuptools": "*", "sqlalchemy": "flask-sqlalchemy flask-migrate sqlalchemy-*",
    "apscheduler": "flask-apscheduler", "urllib3": "requests", "wtforms": "flask-wtf wtforms-*",
    "peewee": "peewee flask-peewee", "playhouse": "peewee flask-peewee", "torch": "torchvision",
    "starlette": "fastapi connexion", "simple_websocket": "flask-sock flask-socketio",
    "gevent": "gevent-*", "oauthlib": "requests-oauthlib flask-oauthlib flask-dance",
    "requests_oauthlib": "flask-dance flask-oauthlib", "passlib": "flask-security*",
    "pkg_resources": "*",
}  # fmt: skip
_GONE_FROM_STANDARD = {"asynchat", "asyncore", "distutils", "imp", "pipes", "smtpd", "cgi",
                       "telnetlib", "crypt"}  # fmt: skip
# What is there without being installed, and names that people give to folders of their own.
_GIVEN = {"google", "uwsgi", "pip", "__future__", "__main__", "uwsgidecorators", "app", "apps",
          "config", "controller", "controllers", "db", "lib", "models", "project", "routes",
          "settings", "src", "utils", "views"}  # fmt: skip


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """One finding a missing package, where it is imported first."""
    named = _named(facts)
    known = _known_modules(facts)
    missing: set[str] = set()
    for source in app_sources(facts):
        for node, module in _needed(source, known):
            if module in missing or (named is not None and _is_named(module, named)):
                continue
            if _is_optional(source, node):
                continue
            missing.add(module)
            if named is not None:
                message = f"{module} is imported, and no requirements file names it"
                remedy = f"Add {_guess(module)} to the requirements."
                yield rules.MISSING_REQUIREMENT.at(source.place(node), message, remedy=remedy)
    if named is None and missing:
        names = ", ".join(sorted(map(_guess, missing)))
        message = f"the app needs {names}, and no file says so"
        yield rules.NO_REQUIREMENTS.at(facts.file.place(1), message)


def _named(facts: Facts) -> set[str] | None:
    """What every requirements file of the project names; None where there is none."""
    project = facts.project
    found: set[str] = set()
    for path, content in (*project.contents.items(), *project.above.items()):
        if is_requirements_file(path):
            found |= required_names(path, content)
    return found or None


def _needed(
    source: SourceFile, known: set[str]
) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """The packages that a file imports."""
    for node in source.imports:
        for name in modules_of(node):
            module = name.partition(".")[0]
            if module and module not in known:
                yield node, module


def _is_optional(source: SourceFile, node: ast.stmt) -> bool:
    """Whether an import is only tried, or done under a condition: what it names may be missing."""
    around = [
        *source.of(ast.Try),
        # The main guard is no condition: python with the script needs what it imports.
        *(each for each in source.of(ast.If) if "__name__" not in ast.unparse(each.test)),
    ]
    return any(each.lineno <= node.lineno <= (each.end_lineno or 0) for each in around)


def _known_modules(facts: Facts) -> set[str]:
    """What is Python's, or the project's: a name in it that may be on the path is no package."""
    parts = (part for path in facts.project.contents for part in path.parts)
    own = {part.removesuffix(".py") for part in parts}
    own |= {name.partition(".")[0] for name in facts.project.other_names}
    return own | sys.stdlib_module_names | _GONE_FROM_STANDARD | _GIVEN


def _is_named(module: str, named: set[str]) -> bool:
    names = {normal(name) for name in _DISTRIBUTIONS.get(module, module).split()}
    names |= {normal(module), f"python-{normal(module)}", f"py{normal(module)}"}
    if not names.isdisjoint(named):
        return True
    own = normal(module)
    # ruamel.yaml, google-cloud-storage, psycopg2-binary, opencv-python-headless.
    if any(name.startswith((f"{own}-", *(f"{n}-" for n in names))) for name in named):
        return True
    return any(_matches(by, named) for by in _BROUGHT.get(own.replace("-", "_"), "").split())


def _matches(pattern: str, named: set[str]) -> bool:
    if pattern.endswith("*"):
        return any(name.startswith(pattern[:-1]) for name in named)
    return pattern in named


def _guess(module: str) -> str:
    """The distribution that most likely brings a module."""
    return _DISTRIBUTIONS.get(module, normal(module)).split()[0]
