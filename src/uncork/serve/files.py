"""How many files the process may have open, of which every connection is one."""

from __future__ import annotations

import resource

from uncork.serve.options import DEFAULT_CONNECTIONS

_EACH = 2
"""Files that a connection may need: itself, and a body or a response that is on disk."""


def make_room(connections: int | None) -> None:
    """Raise the soft limit as far as so many connections need it, and the hard one allows.

    systemd starts everything with a soft limit of 1,024 because of select(2), and
    leaves raising it to programs that use none (systemd.exec(5), LimitNOFILE=).
    Before the script runs, so that one that sets a limit gets it.

    Args:
        connections: what the operator asks for; None, the default.
    """
    wanted = (connections or DEFAULT_CONNECTIONS) * _EACH
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connection_limit(asked: int | None) -> int:
    """How many connections the process has files for, but no more than asked for."""
    wanted = asked or DEFAULT_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if soft == resource.RLIM_INFINITY else max(10, min(wanted, soft // _EACH))
