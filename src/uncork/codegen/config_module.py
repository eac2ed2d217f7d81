"""config.py: the settings, each with its default and the variable that overrides it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from uncork.analysis.options import Kind
from uncork.codegen.command_line import line_setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.analysis.options import Option
    from uncork.analysis.settings import Setting

_FLAG = '''

def _flag(name, default):
    """The flag in an environment variable: 1/0, true/false, yes/no or on/off."""
    text = os.environ.get(name, default).strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ValueError(f"{name}={text!r} is none of 1/0, true/false, yes/no, on/off")

'''
_CONVERSIONS = {Kind.INTEGER: "int", Kind.NUMBER: "float"}


def config_module(script: str, settings: Sequence[Setting], existing: str | None = None) -> str:
    """The text of a config module, or what is added to the end of one that imports os.

    Args:
        script: the script's file name, for the docstring.
        settings: the settings to define.
        existing: the text of a config module that the app loads already.
    """
    definitions = "".join(_definition(setting) for setting in settings)
    wants_flag = any(setting.option.kind is Kind.FLAG for setting in settings)
    if existing is None:
        helper = _FLAG if wants_flag else ""
        docstring = f'"""The settings of {script}; the environment overrides each of them."""'
        return f"{docstring}\n\nimport os\n{helper}\n{definitions}"
    helper = _FLAG if wants_flag and _FLAG.strip() not in existing else ""
    end = "" if existing.endswith("\n") or not existing else "\n"
    return f"{end}{helper}\n{definitions}"


def arguments_module(script: str, key: str, existing: str | None = None) -> str:
    """The text of a config module for a parser that is kept, or what an existing one gains.

    Args:
        script: the script's file name, for the docstring.
        key: the setting that holds the command line.
        existing: the text of a config module that the app loads already.
    """
    comment = f"# The options of {script}, as on its command line.\n"
    setting = f"{comment}{line_setting(key)}\n"
    if existing is None:
        docstring = f'"""The settings of {script}; the environment overrides each of them."""'
        return f"{docstring}\n\nimport os\nimport shlex\n\n{setting}"
    end = "" if existing.endswith("\n") or not existing else "\n"
    return f"{end}\n{setting}"


def _definition(setting: Setting) -> str:
    comment = _comment(setting.option)
    return f"{comment}{setting.key} = {_value(setting)}\n"


def _value(setting: Setting) -> str:
    option, name = setting.option, quoted(setting.variable)
    if option.kind is Kind.FLAG:
        return f'_flag({name}, "{int(bool(option.default))}")'
    if option.default is None:
        return f"os.environ.get({name})"
    read = f"os.environ.get({name}, {quoted(str(option.default))})"
    conversion = _CONVERSIONS.get(option.kind) if option.kind else None
    return f"{conversion}({read})" if conversion else read


def _comment(option: Option) -> str:
    """The option's help, with argparse's own placeholders filled in."""
    text = option.help
    values = {"default": option.default, "dest": option.dest, "prog": "the script"}
    try:
        text = text % values
    except (KeyError, TypeError, ValueError):
        # A help text that argparse itself would choke on is shown as it is.
        text = option.help
    if not text:
        return ""
    wrapped = textwrap.wrap(text, 88, initial_indent="# ", subsequent_indent="# ")
    return "".join(f"{line}\n" for line in wrapped)


def quoted(text: str) -> str:
    """A string literal, in double quotes where that needs no escapes that repr avoids."""
    shown = repr(text)
    if shown.startswith("'") and '"' not in shown:
        return f'"{shown[1:-1]}"'
    return shown
