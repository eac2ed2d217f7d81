"""Clients that count failed requests while a service restarts; runs inside the machine.

Usage: python3 clients.py HOST PORT PATH STOP_FILE

One client closes its connection after each answer, one keeps it busy, one keeps it
and pauses. They run until STOP_FILE is there; then one JSON object says, for each,
how many requests it made, the failures, and the longest wait in seconds.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from pathlib import Path

MOST = 20_000
"""Requests of one client, whatever happens."""


class Client(threading.Thread):
    """Asks again and again, over one connection where it may."""

    def __init__(self, address: tuple[str, int], path: str, stop: Path) -> None:
        """Keep what to ask."""
        super().__init__()
        self.address, self.path, self.stop = address, path, stop
        self.made, self.longest = 0, 0.0
        self.failures: list[str] = []
        self.connection: http.client.HTTPConnection | None = None

    closes = False
    pause = 0.0

    def run(self) -> None:
        while self.made < MOST and not self.stop.exists():
            began = time.monotonic()
            self.made += 1
            try:
                self._ask()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                self._close()
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(self.pause)
        self._close()

    def _ask(self) -> None:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=30)
        headers = {"Connection": "close"} if self.closes else {}
        self.connection.request("GET", self.path, headers=headers)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            self.failures.append(f"status {answer.status}")
        if self.closes or answer.will_close:
            # The server said so: the next request takes a new connection (RFC 9112, 9.6).
            self._close()

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Closing(Client):
    closes = True


class Busy(Client):
    pass


class Pausing(Client):
    pause = 0.3


def main() -> None:
    """Run the clients of the command line."""
    host, port, path, stop = sys.argv[1:]
    kinds = (Closing, Busy, Pausing)
    clients = [kind((host, int(port)), path, Path(stop)) for kind in kinds]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    report = {
        type(client).__name__: {
            "made": client.made,
            "failures": client.failures,
            "longest": round(client.longest, 3),
        }
        for client in clients
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
