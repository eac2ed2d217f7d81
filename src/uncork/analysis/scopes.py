"""Which scope each name of a module belongs to.

`symtable` answers this per scope but does not tie its answer to nodes of the tree,
and codemods edit nodes. So names are resolved here by the rules of the language
reference, section 4.2 (Naming and binding); tests hold the result against symtable.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from uncork.analysis.syntax import imported_names
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(eq=False)
class Scope:
    """A module, function, class or comprehension, and the names that it binds."""

    node: ast.AST
    parent: Scope | None
    bound: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    of_parameters: bool = False

    @property
    def is_class(self) -> bool:
        """Class scopes are invisible to the functions nested in them."""
        return isinstance(self.node, ast.ClassDef) and not self.of_parameters

    @property
    def is_comprehension(self) -> bool:
        """A walrus inside binds outside (PEP 572)."""
        return isinstance(self.node, _Comprehension)

    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The outermost named function around this scope, or None at module level."""
        found = None
        scope: Scope | None = self
        while scope is not None:
            if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
                found = scope.node
            scope = scope.parent
        return found


@dataclass(frozen=True)
class Use:
    """One place where a name is read, bound or deleted.

    Args:
        name: the name.
        node: the node that mentions it.
        scope: the scope it is mentioned in.
        reads: whether the value is read here; otherwise it is bound or deleted.
    """

    name: str
    node: ast.AST
    scope: Scope
    reads: bool


class Names:
    """All uses of names in a module, each resolved to the scope that owns it.

    Args:
        tree: the module.
        opened: a function whose body is read as if it stood at module level: a `main()`
            whose statements are looked at like those of a main block.
    """

    def __init__(self, tree: ast.Module, opened: ast.FunctionDef | None = None) -> None:
        self.module = Scope(tree, None)
        self._opened = opened
        self._uses: list[Use] = []
        for statement in tree.body:
            self._visit(statement, self.module)

    def uses(self, name: str | None = None) -> Iterator[Use]:
        """The uses of a module-level name (of every one, if none is given), in source order."""
        for use in self._uses:
            if name in (None, use.name) and (
                self.owner(use) is self.module or self._may_be_global(use)
            ):
                yield use

    def every(self) -> Iterator[Use]:
        """Every use of every name, local ones included, in source order."""
        yield from self._uses

    def _may_be_global(self, use: Use) -> bool:
        """Whether a class body reads a name that it binds: before that, ``x = x`` reads a global.

        Language reference, section 4.2.2 (Resolution of names).
        """
        own = use.name in use.scope.bound and use.name not in use.scope.nonlocals
        return use.reads and use.scope.is_class and own

    def owner(self, use: Use) -> Scope:
        """The scope that a use resolves to; builtins count as the module's."""
        scope: Scope | None = use.scope
        first = True
        while scope is not None and scope is not self.module:
            if use.name in scope.globals:
                return self.module
            own = use.name in scope.bound and use.name not in scope.nonlocals
            if own and (first or not scope.is_class):
                return scope
            first = False
            scope = scope.parent
        return self.module

    def is_module_level(self, name: str, scope: Scope) -> bool:
        """Whether a name would mean the module's, if it were read in a scope."""
        return self.owner(Use(name, scope.node, scope, reads=True)) is self.module

    def _use(self, name: str, node: ast.AST, scope: Scope, *, reads: bool) -> None:
        if not reads:
            scope.bound.add(name)
        self._uses.append(Use(name, node, scope, reads))

    def _visit_all(self, nodes: Iterable[ast.AST | None], scope: Scope) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node, scope)

    def _visit(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._visit_function(node, scope)
            case ast.ClassDef():
                self._use(node.name, node, scope, reads=False)
                self._visit_all(node.decorator_list, scope)
                outer = self._type_parameters(node, scope)
                self._visit_all([*node.bases, *node.keywords], outer)
                self._visit_all(node.body, Scope(node, outer))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._visit_comprehension(node, scope)
            case ast.NamedExpr():
                outer = scope
                while outer.is_comprehension and outer.parent is not None:
                    outer = outer.parent
                self._visit(node.value, scope)
                self._use(node.target.id, node.target, outer, reads=False)
            case ast.Name():
                if isinstance(node.ctx, ast.Del):
                    # `del x` needs a value as reading does, and makes x local as binding does.
                    self._use(node.id, node, scope, reads=True)
                self._use(node.id, node, scope, reads=isinstance(node.ctx, ast.Load))
            case _:
                self._visit_binder(node, scope)
                self._visit_all(ast.iter_child_nodes(node), scope)

    def _visit_binder(self, node: ast.AST, scope: Scope) -> None:
        """The statements and patterns that bind a name which is no Name node."""
        match node:
            case ast.Global():
                scope.globals.update(node.names)
            case ast.Nonlocal():
                scope.nonlocals.update(node.names)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._use(name, node, scope, reads=False)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                self._use(name, node, scope, reads=False)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                self._use(name, node, scope, reads=False)
            case ast.AugAssign(target=ast.Name(id=name)):
                # `n += 1` reads n as well, which symtable does not say.
                self._use(name, node, scope, reads=True)
            case _:
                pass

    def _visit_function(self, node: _Function, scope: Scope) -> None:
        inner = Scope(node, scope)
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
        inner.bound.update(argument.arg for argument in every)
        if isinstance(node, ast.Lambda):
            self._visit_all([*arguments.defaults, *arguments.kw_defaults], scope)
            self._visit(node.body, inner)
            return
        self._use(node.name, node, scope, reads=False)
        self._visit_all(node.decorator_list, scope)
        self._visit_all([*arguments.defaults, *arguments.kw_defaults], scope)
        outer = inner.parent = self._type_parameters(node, scope)
        self._visit_all([argument.annotation for argument in every], outer)
        self._visit_all([node.returns], outer)
        if node is self._opened:
            for argument in every:
                self._use(argument.arg, argument, self.module, reads=False)
        self._visit_all(node.body, self.module if node is self._opened else inner)

    def _type_parameters(self, node: ast.AST, scope: Scope) -> Scope:
        """The scope of ``def f[T]``'s parameters (PEP 695), or the one around it."""
        parameters: list[Any] = getattr(node, "type_params", [])
        if not parameters:
            return scope
        inner = Scope(node, scope, of_parameters=True)
        inner.bound.update(parameter.name for parameter in parameters)
        for parameter in parameters:
            self._visit_all(ast.iter_child_nodes(parameter), inner)
        return inner

    def _visit_comprehension(self, node: _Comprehension, scope: Scope) -> None:
        inner = Scope(node, scope)
        for number, generator in enumerate(node.generators):
            self._visit(generator.iter, inner if number else scope)
            self._visit(generator.target, inner)
            self._visit_all(generator.ifs, inner)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._visit_all(parts, inner)


def clashing_locals(tree: ast.Module, function: ast.FunctionDef) -> list[str]:
    """The local names of a function that the module, or another function, uses as global ones.

    Imports of the same thing under the same name don't clash.
    """
    names = Names(tree)
    local = {
        use.name
        for use in names.every()
        if use.scope.node is function and names.owner(use) is use.scope
    }
    local |= {parameter.arg for parameter in walk(function.args) if isinstance(parameter, ast.arg)}
    inside = set(walk(function))
    outside = [use for use in names.uses() if use.name in local and use.node not in inside]
    imported = {
        name: full
        for node in inside
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name, full in imported_names(node).items()
    }
    module = {
        name: full
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name, full in imported_names(node).items()
    }
    return sorted(
        {
            use.name
            for use in outside
            if use.name not in imported or imported[use.name] != module.get(use.name)
        }
    )
