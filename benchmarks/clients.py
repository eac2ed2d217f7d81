"""Clients of the benchmarks, as programs of their own: ``clients.py PROGRAM PORT ...``.

They run beside the process that measures, so that its interpreter is not shared.
Each talks to 127.0.0.1 alone, in a number and for a time that its caller bounds.
What one found is printed as one line of JSON; what attacks or keeps asking first
prints a line when it is in place.

- ``events PORT CLIENTS COUNT PAUSE``: how late the events of a stream arrive.
- ``crowd PORT CLIENTS SECONDS``: many clients at once, a request each, kept open.
- ``attack PORT KIND CLIENTS``: one of `ATTACKS`, until it is killed.
- ``steady PORT CLIENTS PAUSE``: asks until stdin is closed, then tells what failed.
- ``flight PORT SLOW SECONDS``: slow requests and a slow download under a stop.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import resource
import selectors
import socket
import statistics
import sys
import threading
import time
from typing import cast

HOST = "127.0.0.1"
_BEAT = 0.2
"""Seconds between two bytes of a slow client."""
_FEW = 1024
_RECEIVE_BUFFER = 4096
_LIMIT = 30.0
"""Seconds after which a client gives a request up."""
_OLDEST_DOWNLOAD = 1.5
"""Seconds that the slow download takes at least."""

_REQUEST = b"%s HTTP/1.1\r\nHost: benchmark\r\n"
ATTACKS = {
    "slow headers": (_REQUEST % b"GET /", b"X-More: x\r\n"),
    "slow bodies": (
        _REQUEST % b"POST /upload" + b"Content-Length: 1000000\r\n\r\nx",
        b"x",
    ),
    "slow readers": (_REQUEST % b"GET /download" + b"\r\n", b""),
    "idle": (b"", b""),
}
"""What a connection of each sends first, and what it sends at each beat."""


# --- event streams ---------------------------------------------------------


def events(port: int, clients: int, count: int, pause: float) -> dict[str, float]:
    """How many milliseconds pass between an event's being written and its arrival."""
    delays: list[float] = []
    path = f"/events?count={count}&pause={pause}"
    _in_threads(clients, lambda _: delays.extend(_event_delays(port, path)))
    wanted = clients * count
    return {
        "median": statistics.median(delays) * 1000,
        "slowest": max(delays) * 1000,
        "missing": wanted - len(delays),
    }


def _event_delays(port: int, path: str) -> list[float]:
    delays: list[float] = []
    with socket.create_connection((HOST, port), timeout=_LIMIT) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while data := client.recv(65536):
            now = time.monotonic()
            *whole, received = (received + data).split(b"\n\n")
            # Written by another process: CLOCK_MONOTONIC is the machine's, clock_gettime(2).
            found = (re.search(rb"data: ([\d.]+)$", event) for event in whole)
            delays += [now - float(event[1]) for event in found if event]
    return delays


# --- many at once ----------------------------------------------------------


def crowd(port: int, clients: int, seconds: float) -> dict[str, float]:
    """Connect all at once, ask once each, and keep every connection open."""
    selector = selectors.DefaultSelector()
    started = time.monotonic()
    open_: list[socket.socket] = []
    for _ in range(clients):
        client = _connecting(port)
        open_.append(client)
        selector.register(client, selectors.EVENT_WRITE, bytearray())
    answered, last = 0, 0.0
    while answered < clients and (left := started + seconds - time.monotonic()) > 0:
        for key, ready in selector.select(left):
            client, received = cast("socket.socket", key.fileobj), key.data
            if not _turn(client, ready, received, selector):
                continue
            if b"Hello, world!" in received:
                answered, last = answered + 1, time.monotonic() - started
            selector.unregister(client)
        if not selector.get_map():
            break
    for client in open_:
        client.close()
    return {"answered": answered, "seconds": last if answered == clients else seconds}


def _turn(
    client: socket.socket, ready: int, received: bytearray, selector: selectors.BaseSelector
) -> bool:
    """Ask, or receive; returns whether this client has ended, answered or not."""
    try:
        if ready & selectors.EVENT_WRITE:
            client.send(_REQUEST % b"GET /" + b"\r\n")
            selector.modify(client, selectors.EVENT_READ, received)
            return False
        data = client.recv(65536)
    except OSError:
        return True
    received += data
    return not data or b"Hello, world!" in received


# --- attacks ---------------------------------------------------------------


def attack(port: int, kind: str, clients: int) -> None:
    """Be slow, or idle, with many connections; what the server closes is opened again."""
    opening, more = ATTACKS[kind]
    connections = [(_connecting(port), False) for _ in range(clients)]
    for beat in range(10_000):
        connections = [_beat(*each, port, opening, more) for each in connections]
        if beat == 1:  # By now all have sent something.
            print("in place", flush=True)
        time.sleep(_BEAT)


def _beat(
    client: socket.socket, begun: bool, port: int, opening: bytes, more: bytes
) -> tuple[socket.socket, bool]:
    """One step of a slow client; returns it, or the one that takes its place."""
    try:
        if not begun:
            client.send(opening)
        elif more:
            client.send(more)
        if not client.recv(_FEW):
            raise ConnectionResetError
    except BlockingIOError:
        return client, True
    except OSError:
        client.close()
        return _connecting(port), False
    return client, True


# --- while servers restart -------------------------------------------------


def steady(port: int, clients: int, pause: float) -> dict[str, float]:
    """Ask with a pause, half of the clients on kept connections, until stdin is closed."""
    stop = threading.Event()
    times: list[float] = []
    failed: list[str] = []
    print("in place", flush=True)

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()

    def ask(number: int) -> None:
        client = http.client.HTTPConnection(HOST, port, timeout=_LIMIT)
        while not stop.wait(pause):
            started = time.monotonic()
            try:
                client.request("GET", "/")
                answer = client.getresponse()
                answer.read()
                times.append(time.monotonic() - started)
                if answer.status != http.HTTPStatus.OK:
                    failed.append(str(answer.status))
            except (OSError, http.client.HTTPException) as error:
                failed.append(type(error).__name__)
                client.close()
            if number % 2:
                client.close()

    _in_threads(clients, ask)
    slowest = max(times, default=0.0) * 1000
    return {"requests": len(times) + len(failed), "failed": len(failed), "slowest": slowest}


def flight(port: int, slow: int, seconds: float) -> dict[str, float]:
    """Have slow requests and a slow download in flight; tell how many came back whole."""
    finished: list[int] = []
    whole: list[bool] = []
    begun, sent = threading.Event(), threading.Barrier(slow + 1)

    def ask(_: int) -> None:
        with socket.create_connection((HOST, port), timeout=_LIMIT) as client:
            path = f"/slow?seconds={seconds}".encode()
            client.sendall(_REQUEST % (b"GET " + path) + b"Connection: close\r\n\r\n")
            sent.wait()
            with contextlib.suppress(OSError):
                if b"200 OK" in _all_of(client):
                    finished.append(1)

    def download() -> None:
        with socket.socket() as client:
            # Small, so that most of the body still waits in the server.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            client.settimeout(_LIMIT)
            client.connect((HOST, port))
            client.sendall(_REQUEST % b"GET /download" + b"Connection: close\r\n\r\n")
            client.recv(_FEW, socket.MSG_PEEK)
            begun.set()
            with contextlib.suppress(OSError):
                wanted = 160 * 65536
                whole.append(len(_all_of(client, pause=_OLDEST_DOWNLOAD / 160)) >= wanted)

    threads = [threading.Thread(target=download)]
    threads += [threading.Thread(target=ask, args=(number,)) for number in range(slow)]
    threads[0].start()
    # Behind the slow requests it would wait for a thread, and begin when they are done.
    begun.wait(_LIMIT)
    for thread in threads[1:]:
        thread.start()
    sent.wait()
    print("in place", flush=True)
    for thread in threads:
        thread.join()
    return {"finished": len(finished), "of": slow, "download": int(any(whole))}


def _all_of(client: socket.socket, pause: float = 0.0) -> bytes:
    received = bytearray()
    while data := client.recv(65536):
        received += data
        if pause:
            time.sleep(pause)
    return bytes(received)


# --- what they share -------------------------------------------------------


def _connecting(port: int) -> socket.socket:
    """A socket that connects meanwhile."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    client.setblocking(False)
    client.connect_ex((HOST, port))
    return client


def _in_threads(count: int, call: object) -> None:
    assert callable(call)  # noqa: S101 - the callers are above
    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """Run the program that the command line names."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    program, port, *words = sys.argv[1:]
    found: object = None
    if program == "events":
        found = events(int(port), int(words[0]), int(words[1]), float(words[2]))
    elif program == "crowd":
        found = crowd(int(port), int(words[0]), float(words[1]))
    elif program == "attack":
        attack(int(port), words[0], int(words[1]))
    elif program == "steady":
        found = steady(int(port), int(words[0]), float(words[1]))
    elif program == "flight":
        found = flight(int(port), int(words[0]), float(words[1]))
    else:
        sys.exit(f"there is no program {program}")
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
