"""What is true of every plan. A codemod is not trusted with it: a breach writes nothing.

The result parses; what moved is what stood there before; every global that functions
read is still bound as one; no comment is lost.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections import Counter
from typing import TYPE_CHECKING

from uncork.analysis.command_lines import find_line_reads
from uncork.analysis.kept_parser import Neutral, is_made_by, lines_of
from uncork.analysis.main_block import Role
from uncork.analysis.overrides import overrides_of
from uncork.analysis.removed import first_request_functions, modern
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import dotted, imports_of
from uncork.analysis.way import way_to_run
from uncork.errors import InvariantError
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.scopes import Names
    from uncork.source.file import SourceFile

_NEW_IMPORTS = {"import atexit", "import functools", "import os", "import pathlib",
                "import shlex", "import sys"}  # fmt: skip
# What a script whose removed APIs are replaced may need, in the form of `modern`.
_IMPORTED = {
    "import os", "import werkzeug.datastructures", "import werkzeug.security",
    "import werkzeug.utils", "markupsafe is markupsafe", "os is os", "sys is sys",
}  # fmt: skip
_BUG = "nothing was written; this is a bug in uncork: please report it with the script"


def check_invariants(before: Facts, after: Facts) -> None:
    """Hold the migrated project against the original.

    Raises:
        InvariantError: a promise is broken.
    """
    for source in after.project.sources():
        if source.content != before.project.contents.get(source.path):
            _compiles(source)
    _comments(before.file, after.file)
    _globals(before.names, after.names)
    _statements(before, after)
    _options(after)
    _command_lines(after)


def check_normalised(before: Facts, after: Facts) -> None:
    """Hold a script whose shape was made the usual one against the original.

    No simple statement is lost, added or changed, wherever it stands now.

    Raises:
        InvariantError: a promise is broken.
    """
    for source in before.project.sources():
        changed = after.project.source(source.path)
        if changed is not None and changed is not after.file and changed.content != source.content:
            _replaced(source, changed)
    if before.file.content == after.file.content:
        return
    _compiles(after.file)
    _comments(before.file, after.file)
    old, new = (Counter(_simple(facts)) for facts in (before, after))
    given = {
        argument.arg
        for step in before.way
        for argument in walk(step.block)
        if isinstance(argument, ast.arg)
    }
    added = [form for form in new - old if form.partition(" = ")[0] not in given]
    expected = {
        *_IMPORTED,
        "contextlib is contextlib",
        *(f"{name}()" for name in first_request_functions(before)),
    }
    for form in (*(old - new), *(form for form in added if form not in expected)):
        raise InvariantError(f"a statement would change: {form}", hint=_BUG)


def _simple(facts: Facts) -> Iterator[str]:
    """Every simple statement of a module, and every definition's name, in a form that stays.

    What leads to the run call loses its arguments, and a return may become an exit.
    """
    calls = {run.call for run in facts.runs}
    way = facts.way or way_to_run(facts.file.tree, facts.file.tree, calls)
    leading = {call for step in way for call in step.calls}
    for node in facts.file.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{type(node).__name__} {node.name}"
        elif not isinstance(node, ast.stmt) or hasattr(node, "body"):
            continue
        elif leading.intersection(walk(node)) - calls:
            yield "on the way to the run call"
        elif isinstance(node, ast.Return):
            yield "exit"
        elif not isinstance(node, ast.Pass | ast.Match) and not _is_exit_stack(node):
            form = ast.unparse(node)
            flask = facts.application.flask if facts.application else ""
            replaced = modern(node, facts.imports, flask)
            yield from ["exit"] if form.startswith("sys.exit(") else replaced


def _replaced(before: SourceFile, after: SourceFile) -> None:
    """Hold a module in which removed names were replaced against the original."""
    _compiles(after)
    _comments(before, after)
    old, new = (
        Counter(
            form
            for node in source.nodes
            if isinstance(node, ast.stmt) and not hasattr(node, "body")
            for form in modern(node, imports_of(source.tree), "")
        )
        for source in (before, after)
    )
    for form in (*(old - new), *(form for form in new - old if form not in _IMPORTED)):
        raise InvariantError(f"{before.path}: a statement would change: {form}", hint=_BUG)


def _is_exit_stack(node: ast.stmt) -> bool:
    """Whether a statement makes an exit stack, enters a context by one, or closes it."""
    value = getattr(node, "value", None)
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return False
    made = dotted(value.func) == "contextlib.ExitStack"
    closed = value.func.attr == "close" and dotted(value.func.value).startswith("stack")
    return made or closed or value.func.attr == "enter_context"


def _command_lines(after: Facts) -> None:
    """Nothing that a server imports or calls reads the server's own command line."""
    for node in find_line_reads(after).nodes:
        fact = f"`{ast.unparse(node)}` would read the server's own command line"
        raise InvariantError(fact, hint=_BUG)


def _compiles(source: SourceFile) -> None:
    """Compile, and not parse alone: `global` behind a use is found by the compiler only."""
    try:
        with warnings.catch_warnings():
            # They are about the user's own lines, and Python says them when these run.
            warnings.simplefilter("ignore")
            compile(source.text, str(source.path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise InvariantError(f"{source.path} would not compile: {error}", hint=_BUG) from error


def _comments(before: SourceFile, after: SourceFile) -> None:
    lost = _comment_counts(before) - _comment_counts(after)
    if lost:
        raise InvariantError(f"the comment {next(iter(lost))!r} would be lost", hint=_BUG)


def _comment_counts(source: SourceFile) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def _globals(before: Names, after: Names) -> None:
    """Every global that a function read and the module bound is still bound as one."""
    old = {use.name for use in before.uses() if not use.reads}
    new = {use.name for use in after.uses() if not use.reads}
    read = {use.name for use in after.uses() if use.reads}
    lost = sorted((old & read) - new)
    if lost:
        raise InvariantError(f"{lost[0]} would be read, and bound nowhere", hint=_BUG)


def _options(after: Facts) -> None:
    """What the app reads of the command line does not stay in the main block."""
    if after.command_line is not None and (problems := find_settings(after).problems):
        fact = f"an option would stay in the main block: {problems[0].message}"
        raise InvariantError(fact, hint=_BUG)


def _statements(before: Facts, after: Facts) -> None:
    """No statement is lost, added or changed, but for what a migration is there to change."""
    old, new_ones = Counter(_forms(before)), Counter(_forms(after))
    lost, added = old - new_ones, new_ones - old
    new = {*_NEW_IMPORTS, *_updates(after)}
    for form in (*lost, *(form for form in added if form not in new)):
        raise InvariantError(f"a statement would change: {form.splitlines()[0]}", hint=_BUG)


def _forms(facts: Facts) -> Iterator[str]:
    """Every statement of the module and of its main block in a form that a migration keeps."""
    main = facts.main
    rename = _Normal(facts)
    module = list(facts.file.tree.body)
    if main is not None:
        module.remove(main.guard)
    kept = facts.kept_parser
    own = {facts.hook.function if facts.hook else None, kept.maker, kept.reader}
    yield from (rename.form(statement) for statement in lines_of(facts))
    registered = list(_registered(facts))
    closers = {name for name in registered if "." not in name}
    for statement in module:
        if statement in own or _is_config_load(statement, facts):
            continue
        if isinstance(statement, ast.FunctionDef) and statement.name in closers:
            yield from _body_forms(statement.body, rename)
            continue
        if isinstance(statement, ast.Import):
            yield from (f"import {ast.unparse(alias)}" for alias in statement.names)
            continue
        yield rename.form(statement)
    if facts.hook:
        body = [s for s in facts.hook.function.body if not _is_registration(s)]
        body = [s for s in body if not is_made_by(s, kept.maker)]
        if facts.hook.returns_application:
            body.pop()
        yield from _body_forms(body, rename)
        yield from (f"{name}()" for name in registered if "." in name)
    if main is None:
        return
    for item in main.statements:
        # A `global` is needed where a name is bound, which a migration changes.
        if item.role is Role.HOOK or isinstance(item.node, ast.Global):
            continue
        if item.node is kept.handover:
            continue
        yield rename.form(item.node)


def _body_forms(body: Iterable[ast.stmt], rename: _Normal) -> Iterator[str]:
    """The statements of a function that a migration writes, without what only it needs."""
    for number, statement in enumerate(body):
        docstring = (
            number == 0
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
        )
        if not docstring and not isinstance(statement, ast.Global):
            yield rename.form(statement)


def _is_registration(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=func, args=[_], keywords=[])):
            return dotted(func) == "atexit.register"
        case _:
            return False


def _registered(facts: Facts) -> Iterator[str]:
    """What the start-up hook registers with atexit."""
    for statement in facts.hook.function.body if facts.hook else ():
        match statement:
            case ast.Expr(value=ast.Call(args=[argument])) if _is_registration(statement):
                yield dotted(argument)
            case _:
                pass


def _is_config_load(statement: ast.stmt, facts: Facts) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=func)) if facts.application:
            return dotted(func) == f"{facts.application.flask}.config.from_pyfile"
        case _:
            return False


def _updates(facts: Facts) -> Iterator[str]:
    """The statements of the main block that put settings into app.config, and nothing else."""
    line, main = facts.command_line, facts.main
    if line is None or main is None or facts.application is None:
        return
    keys = {setting.option.dest: setting.key for setting in find_settings(facts).settings}
    rename = _Normal(facts)
    for item in main.statements:
        pairs = overrides_of(item.node, facts.application.flask, line.arguments)
        if pairs and pairs.items() <= keys.items():
            yield rename.form(item.node)


class _Normal(ast.NodeTransformer):
    """Brings both ways of reading an option, and of stating its default, into one form."""

    def __init__(self, facts: Facts) -> None:
        self._line = facts.command_line
        self._neutral = Neutral(facts)
        self._config = f"{facts.application.flask}.config" if facts.application else ""
        found = find_settings(facts)
        settings = () if found.problems else found.settings
        self._keys = {setting.option.dest: setting.key for setting in settings}
        self._dests = {key: dest for dest, key in self._keys.items()}

    def form(self, statement: ast.stmt) -> str:
        """The statement's source after normalisation."""
        copied = ast.parse(ast.unparse(statement))
        return ast.unparse(self.visit(self._neutral.visit(copied)))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``app.config["X"]`` becomes ``args.x``."""
        self.generic_visit(node)
        match node.slice:
            case ast.Constant(value=str(key)) if (
                dotted(node.value) == self._config
                and key in self._dests
                and self._line is not None
                and isinstance(node.ctx, ast.Load)
            ):
                name = ast.Name(self._line.arguments, ast.Load())
                return ast.Attribute(name, self._dests[key], ast.Load())
            case _:
                return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``add_argument(..., default=...)`` loses its default if it is a setting's."""
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(attr="add_argument"):
                node.keywords = [k for k in node.keywords if not self._is_setting(node, k)]
            case ast.Attribute(attr="Thread") | ast.Name(id="Thread"):
                node.keywords = [k for k in node.keywords if k.arg != "daemon"]
            case _:
                pass
        return node

    def _is_setting(self, node: ast.Call, keyword: ast.keyword) -> bool:
        """Whether a default belongs to an option that is a setting; its value is config.py's."""
        if keyword.arg != "default" or self._line is None:
            return False
        flags = [ast.unparse(argument) for argument in node.args]
        return any(
            [ast.unparse(argument) for argument in option.call.args] == flags
            for option in self._line.options
            if option.dest in self._keys
        )
