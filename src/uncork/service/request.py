"""What is asked for: a target, its interpreter and its options, made into one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from uncork.analysis.facts import Facts
from uncork.discovery.load import load_project
from uncork.errors import SourceError, UsageError
from uncork.serve.options import DEFAULT_HOST
from uncork.service.arguments import Meaning, meaning_of, refuse_secrets
from uncork.service.names import Names, name_from_folder, service_name
from uncork.service.traces import Trace, find_traces
from uncork.service.unit import listen_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uncork.discovery.interpreter import Interpreter
    from uncork.discovery.target import Target
    from uncork.source.file import SourceFile


@dataclass(frozen=True)
class InstallRequest:
    """What to install; `request_for` makes one of what a user typed.

    Args:
        names: the service's.
        target: what is served: a script's absolute path or an import string.
        folder: the folder that the app is started from, absolute.
        script: the script's absolute path, or '' if it is not known.
        interpreter: the app's Python, absolute.
        host: the address to listen on.
        port: the port to listen on.
        threads: how many requests are worked on at once; None, serve's own number.
        arguments: the script's own command line; nothing reads it for an import string.
        settings: environment variables, which may be secret.
        user: who shall run it; None, the project's owner.
        health_path: a path that answers below 500 when the app is well.
        traces: what the source says about files.
    """

    names: Names
    target: str
    folder: str
    script: str
    interpreter: str
    host: str
    port: int
    threads: int | None = None
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    user: str | None = None
    health_path: str = "/"
    traces: tuple[Trace, ...] = ()


def request_for(
    target: Target,
    interpreter: Interpreter,
    *,
    name: str | None = None,
    host: str | None = None,
    port: int | None = None,
    threads: int | None = None,
    arguments: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    user: str | None = None,
    health_path: str = "/",
) -> InstallRequest:
    """The request for what a user typed, completed from what the source says.

    Args:
        target: what to serve.
        interpreter: the app's Python.
        name: the service's; None, made of the folder's.
        host: None, what the script listens on.
        port: None, what the script listens on.
        threads: None, serve's own number.
        arguments: what stood behind ``--``. Of an app that is imported they become settings.
        settings: environment variables to set besides; they win.
        user: None, the project's owner.
        health_path: what to ask for.

    Raises:
        UsageError: the port can't be seen, or an argument means nothing to the app.
        DeclinedError: a secret stands in the arguments of a script.
    """
    migrated = target.import_string is not None
    meaning, traces = _read(target, arguments, migrated=migrated)
    if not migrated:
        refuse_secrets(arguments)
    if not health_path.startswith("/"):
        raise UsageError(f"{health_path!r} is no path", hint="say --health-path /")
    chosen_host = host or meaning.host or DEFAULT_HOST
    chosen_port = meaning.port if port is None else port
    if not chosen_port:
        raise UsageError(
            f"the port of {target.name} can't be read from its source", hint="say --port 8000"
        )
    listen_address(chosen_host, chosen_port)
    return InstallRequest(
        names=service_name(name) if name else name_from_folder(str(target.folder)),
        target=target.name,
        folder=str(target.folder),
        script=str(target.script or ""),
        interpreter=str(interpreter.path),
        host=chosen_host,
        port=chosen_port,
        threads=threads,
        arguments=() if migrated else tuple(arguments),
        settings=MappingProxyType({**meaning.settings, **(settings or {})}),
        user=user,
        health_path=health_path,
        traces=traces,
    )


def _read(
    target: Target, arguments: Sequence[str], *, migrated: bool
) -> tuple[Meaning, tuple[Trace, ...]]:
    if target.script is None:
        if arguments:
            raise UsageError(
                f"{arguments[0]}: the source of {target.name} was not found, so that its options "
                "are not known",
                hint="name the script, or leave the options out",
            )
        return Meaning(), ()
    project = load_project(target)
    meaning = meaning_of(Facts(project), arguments, migrated=migrated)
    return meaning, tuple(trace for source in project.sources() for trace in _traces(source))


def _traces(source: SourceFile) -> tuple[Trace, ...]:
    try:
        return find_traces([source])
    except SourceError:
        return ()  # a template or a test of the project's may be no Python
