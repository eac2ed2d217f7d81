"""``uncork service``: a systemd service that survives a reboot."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar

import click

import uncork.render.service  # noqa: F401 - registers how results are shown
from uncork.cli.kernel import command
from uncork.cli.options import json_option, python_option, target_argument
from uncork.cli.serve import CommandWithArguments
from uncork.discovery.interpreter import find_interpreter
from uncork.discovery.target import find_target
from uncork.service import install as installing
from uncork.service import manage
from uncork.service.arguments import shown_value
from uncork.service.request import InstallRequest, request_for
from uncork.service.results import Done, Installed, NotInstalled, ServiceList, ServiceStatus, Shown
from uncork.service.systemd import follow_journal, need_root, need_systemd

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.cli.kernel import Console

    Function = TypeVar("Function", bound=Callable[..., Any])


@click.group()
def cli() -> None:
    """A systemd service that survives a reboot.

    TARGET is a script, a folder or module:app, for `install` and `show`; the other
    commands take a service's name as well. Left out, it is the app in the current folder.
    """


def _about_an_app(function: Function) -> Function:
    """The options of `install` and `show`."""
    options = (
        target_argument,
        click.option("--name", help="The service's name; else that of the project's folder."),
        click.option("--host", help="The address to listen on; else what the script says."),
        click.option(
            "--port", type=click.IntRange(1, 65535), help="The port; else what the script says."
        ),
        click.option("--threads", type=click.IntRange(min=1), help="Requests worked on at once."),
        python_option,
        click.option(
            "--service-user", metavar="USER", help="Who runs it; else the project's owner."
        ),
        click.option(
            "--health-path", default="/", show_default=True, help="What must answer below 500."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _about_a_service(function: Function) -> Function:
    """The options of the commands for what is installed."""
    function = click.option("--name", help="The service's name.")(function)
    return target_argument(function)


@cli.command(cls=CommandWithArguments)
@_about_an_app
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@command
def install(console: Console, *, yes: bool, **given: Any) -> Installed | NotInstalled:
    """Install the app as a service, and wait until it answers."""
    request = _request(**given)
    need_systemd(f"uncork serve {given['target'] or ''}".rstrip())
    need_root(f"uncork service install {given['target'] or ''}".rstrip())
    prepared = installing.prepare(request, console.progress)
    console.progress(prepared.preview.rstrip() or "the units are the same as those installed")
    for name, value in sorted(request.settings.items()):
        console.progress(f"{request.names.settings_file}: {name}={shown_value(name, value)}")
    for note in prepared.notes:
        console.progress(f"note: {note}")
    if prepared.exposure is not None:
        console.progress(f"note: systemd-analyze security: {prepared.exposure} of 10, 0 is best")
    if not yes and not console.confirm(f"Install {request.names.name}", flag="--yes"):
        return NotInstalled(request.names.name)
    return installing.commit(prepared, console.progress)


@cli.command(cls=CommandWithArguments)
@_about_an_app
@json_option
@command
def show(_console: Console, **given: Any) -> Shown:
    """Print the units that `install` would write."""
    drafted = installing.draft(_request(**given))
    return Shown(drafted.units, drafted.notes)


@cli.command()
@_about_a_service
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@command
def uninstall(
    console: Console, *, target: str | None, name: str | None, yes: bool
) -> Done | NotInstalled:
    """Take the service away; the project and what the app wrote stay."""
    names = manage.find_service(target, name)
    if not yes and not console.confirm(f"Uninstall {names.name}", flag="--yes"):
        return NotInstalled(names.name)
    return manage.uninstall(names, console.progress)


@cli.command()
@_about_a_service
@json_option
@command
def rollback(console: Console, *, target: str | None, name: str | None) -> Installed:
    """Go back to what was installed before the last change."""
    names = manage.find_service(target, name)
    need_systemd("there is nothing to roll back")
    need_root(f"uncork service rollback --name {names.name}")
    return installing.roll_back(names, console.progress)


@cli.command()
@_about_a_service
@json_option
@command
def status(_console: Console, *, target: str | None, name: str | None) -> ServiceStatus:
    """How it is, and whether it would survive a reboot."""
    return manage.status(manage.find_service(target, name))


@cli.command()
@_about_a_service
@click.option("-n", "--lines", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
def logs(target: str | None, name: str | None, lines: int, follow: bool) -> None:
    """What it wrote, and what systemd wrote about it."""
    names = manage.find_service(target, name)
    follow_journal([names.service, names.socket], lines=lines, follow=follow)


def _simple(function: Callable[..., Done]) -> None:
    """A command that does one thing with a service."""

    @functools.wraps(function)
    def run(_console: Console, *, target: str | None, name: str | None) -> Done:
        return function(manage.find_service(target, name))

    # What a function raises is for its callers to know, and not for --help.
    summary = (function.__doc__ or "").partition("\n")[0]
    cli.command(function.__name__, help=summary)(_about_a_service(json_option(command(run))))


for _function in (manage.start, manage.stop, manage.restart):
    _simple(_function)


@cli.command("list")
@json_option
@command
def list_(_console: Console) -> ServiceList:
    """All services of uncork's on this machine."""
    need_systemd("uncork serve needs none")
    return manage.list_services()


def _request(
    *,
    target: str | None,
    arguments: tuple[str, ...],
    name: str | None,
    host: str | None,
    port: int | None,
    threads: int | None,
    python: str | None,
    service_user: str | None,
    health_path: str,
) -> InstallRequest:
    found = find_target(target)
    return request_for(
        found,
        find_interpreter(python, found.folder),
        name=name,
        host=host,
        port=port,
        threads=threads,
        arguments=arguments,
        user=service_user,
        health_path=health_path,
    )
