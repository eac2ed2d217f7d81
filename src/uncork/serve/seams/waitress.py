"""waitress, called by the script itself: the same server, with a stop that drains.

All of waitress's adjustments keep their meaning, since it is waitress that
serves; where to listen and how many threads can be overruled.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from uncork.serve.listen import Address, TcpAddress, UnixAddress
from uncork.serve.made import Made
from uncork.serve.runner import RunCall

if TYPE_CHECKING:
    from types import ModuleType

    from uncork.serve.runner import Runner

_WHERE = {
    "host",
    "port",
    "listen",
    "sockets",
    "unix_socket",
    "unix_socket_perms",
    "ipv4",
    "ipv6",
    "threads",
}
_TEST_SHIMS = {"_server", "_quiet", "_profile", "_start", "_sock", "_dispatcher"}
"""waitress's own, for its tests: __init__.py 7, server.py 34."""


def patch_server(module: ModuleType, runner: Runner) -> None:
    """Replace create_server, whose result the script runs itself."""
    original = module.create_server

    @functools.wraps(original)
    def create_server(application: Any, map: Any = None, **kw: Any) -> _Created:  # noqa: A002 - waitress's name
        if map is not None:
            runner.decline(
                "create_server(map=...) runs waitress in the script's own loop",
                hint="call waitress.serve(app)",
            )
        return _Created(application, kw, runner, made=True)

    module.create_server = create_server  # type: ignore[attr-defined]


def patch_serve(module: ModuleType, runner: Runner) -> None:
    """Replace serve."""
    original = module.serve

    @functools.wraps(original)
    def serve(app: Any, **kw: Any) -> None:
        _Created(app, kw, runner, made=False).run()

    module.serve = serve  # type: ignore[attr-defined]


PATCHES = {"waitress.server": patch_server, "waitress": patch_serve}


class _Created:
    """What create_server returns: the documented part of waitress's own server objects."""

    def __init__(self, application: Any, kw: dict[str, Any], runner: Runner, *, made: bool) -> None:
        from waitress.adjustments import Adjustments  # noqa: PLC0415 - the script has imported it

        if application is None:
            raise ValueError('The "app" passed to ``create_server`` was ``None``.')
        asked = {name: value for name, value in kw.items() if name not in _TEST_SHIMS}
        self.adj = Adjustments(**asked)
        self._call = RunCall(
            application,
            threads=self.adj.threads if "threads" in asked else None,
            adjustments={
                "clear_untrusted_proxy_headers": self.adj.clear_untrusted_proxy_headers,
                **{name: value for name, value in asked.items() if name not in _WHERE},
            },
        )
        self._made = Made(runner, application, _addresses(self.adj), self.adj.sockets, made=made)

    @property
    def effective_listen(self) -> list[tuple[str, int]]:
        """Where it listens."""
        return [(listener.host, listener.port) for listener in self._made.listeners]

    @property
    def effective_host(self) -> str:
        """The host of a single listener."""
        return self.effective_listen[0][0]

    @property
    def effective_port(self) -> int:
        """The port of a single listener."""
        return self.effective_listen[0][1]

    def print_listen(self, format_str: str) -> None:
        """Nothing: the ready line says where."""

    def run(self) -> None:
        """Serve until it is stopped."""
        self._made.serve(self._call)

    def close(self) -> None:
        """Stop, as from another thread."""
        self._made.shutdown()
        self._made.close()


def _addresses(adj: Any) -> list[Address]:
    if adj.unix_socket:
        return [UnixAddress(adj.unix_socket, adj.unix_socket_perms)]
    # Adjustments has resolved host, port and listen to (family, type, protocol, address).
    return [TcpAddress(sockaddr[0], sockaddr[1], only_ipv6=True) for *_, sockaddr in adj.listen]
