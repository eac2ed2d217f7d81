"""Functions that read a script's command line, and the setting that holds it."""

from __future__ import annotations

from uncork.analysis.kept_parser import LINE_DOCSTRING, PARSER_DOCSTRING, VARIABLE

_READER = '''\
def {name}():
    """{docstring}"""
    program = getattr(sys.modules["__main__"], "__file__", None) or ""
    is_program = __name__ in ("__main__", "__mp_main__")  # the latter in spawned children
    if is_program or os.path.realpath(program) == os.path.realpath(__file__):
        return sys.argv{own}
    return {split}
'''
_FOREIGN = '''\
def {name}():
    """{docstring}"""
    folder = pathlib.Path(__file__).resolve().{above}
    program = getattr(sys.modules["__main__"], "__file__", None) or sys.argv[0]
    if __name__ == "__main__" or pathlib.Path(program).resolve().parent == folder:
        return sys.argv{own}
    return {split}
'''


def command_line_function(name: str, indent: str, *, whole: bool) -> str:
    """A function that returns the running script's command line, or else FLASK_ARGS.

    The script is also the running program in its second copy, which another module
    imports, and in children that multiprocessing spawns.

    Args:
        name: the function's name.
        indent: one step of indentation.
        whole: whether the script's name comes first, as in sys.argv.
    """
    split = f'shlex.split(os.environ.get("{VARIABLE}", ""))'
    text = _READER.format(
        name=name,
        docstring=LINE_DOCSTRING,
        own="" if whole else "[1:]",
        split=f"[__file__, *{split}]" if whole else split,
    )
    return text.replace("    ", indent)


def foreign_function(name: str, indent: str, script: str, depth: int, *, whole: bool) -> str:
    """The same for another module, which all programs of the script's folder may import.

    It may be a program itself, wherever it stands.

    A child that multiprocessing spawns has no file in ``__main__`` yet, and its parent's
    sys.argv (multiprocessing.spawn.prepare).

    Args:
        name: the function's name.
        indent: one step of indentation.
        script: the script's file name.
        depth: how many folders below the script's the module stands.
        whole: whether the script's name comes first, as in sys.argv.
    """
    split = f'shlex.split(os.environ.get("{VARIABLE}", ""))'
    text = _FOREIGN.format(
        name=name,
        docstring=LINE_DOCSTRING,
        above=f"parents[{depth}]" if depth else "parent",
        own="" if whole else "[1:]",
        split=f'[str(folder / "{script}"), *{split}]' if whole else split,
    )
    return text.replace("    ", indent)


def parser_function(name: str, parser: str, indent: str, body: str) -> str:
    """A function of the statements that make a parser.

    Args:
        name: the function's name.
        parser: what the parser is called in the statements.
        indent: one step of indentation.
        body: the statements' lines, indented by one step.
    """
    head = f'def {name}():\n{indent}"""{PARSER_DOCSTRING}"""\n'
    return f"{head}{body.rstrip()}\n{indent}return {parser}\n"


def line_setting(key: str) -> str:
    """The line of config.py that takes the command line from the environment."""
    return f'{key} = shlex.split(os.environ.get("{VARIABLE}", ""))'
