"""Checks: what stands between an app and production, each found without running it.

A check is a module with a function ``findings(facts: Facts) -> Iterable[Diagnostic]``;
`uncork.checks.run` finds the modules of this package.
"""
