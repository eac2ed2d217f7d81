"""Asking a service whether it is well, as its clients would: through its socket."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass

from uncork.service.results import is_healthy

PATIENCE = 5.0
"""Seconds that a service which says it is ready may go on answering with errors."""
_ANSWER = 10.0
_PAUSE = 0.2


@dataclass(frozen=True)
class Answer:
    """What the service said.

    Args:
        code: the HTTP status; None, there was no answer.
        problem: why there was none.
    """

    code: int | None
    problem: str = ""

    @property
    def is_healthy(self) -> bool:
        """Whether it is below 500."""
        return self.code is not None and is_healthy(self.code)


def url_of(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    address = reachable(host)
    return f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"


def reachable(host: str) -> str:
    """The address that reaches a listener: a wildcard is no destination."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound


def ask(host: str, port: int, path: str, *, seconds: float = _ANSWER) -> Answer:
    """Ask once.

    Args:
        host: where the socket listens.
        port: where the socket listens.
        path: what to ask for.
        seconds: how long to wait for the answer.
    """
    connection = http.client.HTTPConnection(reachable(host), port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"User-Agent": "uncork", "Connection": "close"})
        return Answer(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, str(error) or type(error).__name__)
    finally:
        connection.close()


def wait_until_healthy(host: str, port: int, path: str, patience: float = PATIENCE) -> Answer:
    """Ask until the answer is good; the last one if it never is."""
    deadline = time.monotonic() + patience
    while True:
        answer = ask(host, port, path)
        if answer.is_healthy or time.monotonic() > deadline:
            return answer
        time.sleep(_PAUSE)
