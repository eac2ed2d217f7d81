"""Settings come from flags, then UNCORK_* variables, then the settings file."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from uncork.cli import COMMANDS, group
from uncork.cli.settings import ONLY_SAID, default_map, rest_of
from uncork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RunUncork


# A small command line with every kind of option.


@click.group("tool")
def tool() -> None:
    """A group as `uncork` is one."""


@tool.command("serve")
@click.argument("target", required=False)
@click.option("--port", type=int)
@click.option("--drain-limit", type=float, default=30.0)
@click.option("--proxy", multiple=True)
@click.option("--access-log/--no-access-log", "logging", default=True)
@click.option("--server", type=click.Choice(["waitress", "granian"]))
@click.option("--python", metavar="PATH")
@click.option("--yes", is_flag=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(**_options: object) -> None:
    """Serve."""


@tool.group("service")
def service() -> None:
    """Services."""


@service.command("install")
@click.argument("target", required=False)
@click.option("--name")
@click.option("--port", type=int)
def install(**_options: object) -> None:
    """Install."""


@service.command("logs")
@click.option("--lines", type=int)
def logs(**_options: object) -> None:
    """Logs."""


def options_of(
    *argv: str, of: click.Group = tool
) -> dict[str, tuple[object, click.core.ParameterSource | None]]:
    """What a command line leads to: each option's value, and where it came from."""
    root = click.Context(of, info_name="uncork", auto_envvar_prefix="UNCORK")
    name, command, rest = of.resolve_command(root, list(argv))
    assert name is not None
    assert command is not None
    root.default_map = default_map(root, name, command, rest)
    context = command.make_context(name, rest, parent=root)
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, rest_of(context))
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return {
        name: (value, context.get_parameter_source(name)) for name, value in context.params.items()
    }


def value_of(option: str, *argv: str) -> object:
    return options_of(*argv)[option][0]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of the current folder, to be written."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "uncork.toml"


def test_a_key_at_the_top_counts_for_every_command_that_has_the_option(settings: Path) -> None:
    settings.write_text("port = 8000\n")

    assert value_of("port", "serve") == 8000
    assert value_of("port", "service", "install") == 8000
    assert value_of("lines", "service", "logs") is None


def test_a_command_s_own_table_comes_first(settings: Path) -> None:
    settings.write_text("port = 1\n[serve]\nport = 2\n[service]\nport = 3\n")
    assert value_of("port", "serve") == 2
    assert value_of("port", "service", "install") == 3

    settings.write_text("[service]\nport = 3\n[service.install]\nport = 4\n[service.logs]\n")
    assert value_of("port", "service", "install") == 4


def test_flags_come_before_the_environment_and_that_before_the_file(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write_text("port = 1\n")
    assert value_of("port", "serve") == 1
    monkeypatch.setenv("UNCORK_PORT", "2")
    assert value_of("port", "serve") == 2
    monkeypatch.setenv("UNCORK_SERVE_PORT", "3")
    assert value_of("port", "serve") == 3
    assert value_of("port", "service", "install") == 2
    assert value_of("port", "serve", "--port", "4") == 4


def test_the_environment_sets_flags_and_lists_too(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write_text("access-log = true\nproxy = ['10.0.0.1']\n")
    monkeypatch.setenv("UNCORK_ACCESS_LOG", "false")
    monkeypatch.setenv("UNCORK_YES", "1")
    monkeypatch.setenv("UNCORK_PROXY", "10.0.0.2 10.0.0.3")

    assert value_of("logging", "serve") is False
    assert value_of("yes", "serve") is True
    assert value_of("proxy", "serve") == ("10.0.0.2", "10.0.0.3")


def test_keys_may_be_spelled_with_underscores(settings: Path) -> None:
    settings.write_text("drain_limit = 5\n")
    assert value_of("drain_limit", "serve") == 5.0
    settings.write_text("drain-limit = 6\n")
    assert value_of("drain_limit", "serve") == 6.0


@pytest.mark.parametrize(
    ("line", "option", "value"),
    [
        ("proxy = ['10.0.0.1', '10.0.0.2']", "proxy", ("10.0.0.1", "10.0.0.2")),
        ("access-log = false", "logging", False),
        ("access-log = true", "logging", True),
        ("no-access-log = true", "logging", False),
        ("server = 'granian'", "server", "granian"),
    ],
)
def test_each_kind_of_option_can_be_set(
    settings: Path, line: str, option: str, value: object
) -> None:
    settings.write_text(f"{line}\n")

    assert value_of(option, "serve") == value


def test_a_path_is_meant_as_seen_from_its_file(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.parent / ".git").mkdir()
    (settings.parent / "sub").mkdir()
    monkeypatch.chdir(settings.parent / "sub")

    settings.write_text("python = '.venv/bin/python'\n")
    assert value_of("python", "serve") == str(settings.parent / ".venv/bin/python")
    settings.write_text("python = '/usr/bin/python3'\n")
    assert value_of("python", "serve") == "/usr/bin/python3"
    settings.write_text("python = 'python3'\n")
    assert value_of("python", "serve") == "python3"


def test_the_target_s_folder_says_which_file_counts(settings: Path) -> None:
    shop = settings.parent / "shop"
    shop.mkdir()
    (shop / "server.py").write_text("")
    (shop / "uncork.toml").write_text("port = 2\n")
    settings.write_text("port = 1\n")

    assert value_of("port", "serve") == 1
    assert value_of("port", "serve", "shop") == 2
    assert value_of("port", "serve", "shop/server.py", "--", "--port", "9") == 2
    assert value_of("port", "serve", "--", "shop") == 1
    assert value_of("port", "service", "install", "shop/server.py") == 2


@pytest.mark.parametrize(
    ("text", "argv", "fact", "hint"),
    [
        ("prot = 1", ["serve"], "the file's top has no key prot", "did you mean port?"),
        ("prot = 1", ["service", "logs"], "the file's top has no key prot", "did you mean port?"),
        ("[serv]\nport = 1", ["serve"], "has no table serv", "did you mean serve?"),
        ("[serve]\nlines = 1", ["serve"], r"\[serve\] has no key lines", "it has access-log"),
        ("[serve.port]\na = 1", ["serve"], r"\[serve\] has no table port", ""),
        ("serve = 1", ["serve"], "has no key serve", ""),
        ("[service.instal]", ["service", "install"], "has no table instal", "mean install?"),
        ("port = 'many'", ["serve"], "'many' is not a valid integer", ""),
        ("port = true", ["serve"], "port in the file's top: has to be a text or a number", ""),
        ("proxy = 'one'", ["serve"], "has to be a list", ""),
        ("access-log = 'off'", ["serve"], "has to be true or false", ""),
        ("server = 'apache'", ["serve"], "'apache' is not one of", ""),
        ("yes = true", ["serve"], "can't be set in a file", "say --yes"),
        ("[serve]\nyes = true", ["serve"], r"yes stands in \[serve\]", "say --yes"),
    ],
)
def test_what_no_option_takes_is_an_error(
    settings: Path, text: str, argv: list[str], fact: str, hint: str
) -> None:
    settings.write_text(f"{text}\n")

    with pytest.raises(UsageError, match=fact) as caught:
        options_of(*argv)

    assert str(caught.value.place) == "uncork.toml"
    assert hint in caught.value.hint


def test_a_mistake_in_another_command_s_table_waits_for_that_command(settings: Path) -> None:
    settings.write_text("[serve]\nprot = 1\n")

    assert value_of("name", "service", "install") is None


# The real command line.


def real_commands() -> Iterator[tuple[list[str], click.Command]]:
    """Every command of uncork, with what is typed to get it."""
    context = click.Context(group, info_name="uncork")
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                assert found is not None
                yield [name, below], found
        else:
            yield [name], command


SAMPLES: tuple[object, ...] = (
    7, 7.5, "some", "10.0.0.1", "30s", "sub/file", "module:app", "127.0.0.1:80", "for", "json",
    "granian",
)  # fmt: skip


def sample(option: click.Option) -> object:
    """A value that an option takes."""
    if option.is_flag:
        return True
    if isinstance(option.type, click.Choice):
        return str(next(iter(option.type.choices)))
    context = click.Context(click.Command("any"))
    for value in SAMPLES:
        try:
            option.type_cast_value(context, [value] if option.multiple else value)
        except click.BadParameter:
            continue
        return [value] if option.multiple else value
    raise AssertionError(f"add a value that {option.opts} takes")


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


def test_every_option_of_every_command_can_be_set_in_the_file(settings: Path) -> None:
    seen = 0
    for argv, command in real_commands():
        for option in command.params:
            long = [name for name in option.opts if name.startswith("--")]
            if not isinstance(option, click.Option) or long[0].removeprefix("--") in ONLY_SAID:
                continue
            key, value = long[0].removeprefix("--"), sample(option)
            settings.write_text(f"[{'.'.join(argv)}]\n{key} = {as_toml(value)}\n")

            assert option.name is not None
            _, source = options_of(*argv, of=group)[option.name]

            assert source is click.core.ParameterSource.DEFAULT_MAP, (argv, key)
            seen += 1
    assert seen > 10


def test_an_unknown_key_ends_any_command_with_status_2(
    run_uncork: RunUncork, settings: Path
) -> None:
    settings.with_name("pyproject.toml").write_text("[tool.uncork]\nprot = 8000\n")

    said = run_uncork("undo")

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == (
        "error: pyproject.toml: [tool.uncork] has no key prot\nhint: did you mean port?\n"
    )


def test_help_comes_in_spite_of_a_mistake_in_the_file(
    run_uncork: RunUncork, settings: Path
) -> None:
    settings.write_text("nonsense")

    for argv in (["--help"], ["undo", "--help"], ["undo", "-h"]):
        assert run_uncork(*argv).returncode == 0


def test_a_list_of_commands_reads_no_settings() -> None:
    assert "uncork.cli.settings" not in imported_by("--help")
    assert "tomllib" not in imported_by("--help")
    assert "tomllib" not in imported_by("undo")


def imported_by(*argv: str) -> set[str]:
    """The modules that a fresh uncork has loaded when it ends."""
    script = (
        "import sys, uncork.cli\n"
        "try:\n    uncork.cli.main()\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *argv],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        # Without what makes coverage follow a child: it reads TOML itself.
        env={"PATH": os.environ["PATH"]},
    )
    return set(ended.stderr.split())


def test_a_file_s_value_reaches_the_command(run_uncork: RunUncork, settings: Path) -> None:
    """An interpreter that is none: the command itself complains about what the file said."""
    (settings.parent / "server.py").write_text("from flask import Flask\n")
    settings.write_text("[serve]\npython = './no-python'\n")

    said = run_uncork("serve", "server.py")

    assert said.returncode == 2
    assert "there is no" in said.stderr
    assert "no-python" in said.stderr
