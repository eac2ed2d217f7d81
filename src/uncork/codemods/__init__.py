"""Codemods: each file here changes one thing, and its docstring is its documentation page.

A codemod is a module with a number `ORDER` and a function
``rewrite(facts: Facts, options: MigrationOptions) -> Rewrite``. `uncork.plan` finds
the modules of this package, runs them by ORDER and computes the facts anew after
each. Helpers that several codemods share stand in `uncork.source` and in
`uncork.codemods.base`.
"""
