"""A WSGI application whose paths answer in every way that there is."""

from __future__ import annotations

import io
import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.serve.conftest import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERED = b"".join(b"%d," % number for number in range(400_000))


@dataclass
class App:
    """An application whose paths answer in every way that WSGI has; it may be held at a gate."""

    gate: threading.Event = field(default_factory=threading.Event)
    closed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"].strip("/")
        self.seen.append(path)
        return getattr(self, path)(environ, start_response)

    def hello(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "5"), ("X-One", "1"), ("x-two", "2")])
        return [b"hello"]

    def unsized(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"one chunk, no length"]

    def chunks(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "6")])
        return [b"ab", b"", b"cdef"]

    def unsized_chunks(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [])
        return [b"ab", b"", b"cdef"]

    def generated(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [])
        yield b"ab"
        yield b"cd"

    def generated_sized(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "4")])
        yield b"abcd"

    def late_start(self, _environ: Any, start: Any) -> Any:
        yield b""
        start("200 OK", [("Content-Length", "4")])
        yield b"abcd"

    def empty(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [])
        return []

    def empty_sized(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    def promised(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "9")])
        return []

    def never_started(self, _environ: Any, _start: Any) -> Any:
        return []

    def no_content(self, _environ: Any, start: Any) -> Any:
        start("204 No Content", [])
        return [b"dropped"]

    def unchanged(self, _environ: Any, start: Any) -> Any:
        start("304 Not Modified", [("ETag", '"a"'), ("Content-Length", "7")])
        return [b"dropped"]

    def too_long(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "3")])
        return [b"abcdef"]

    def too_short(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "9")])
        return [b"abcdef"]

    def written(self, _environ: Any, start: Any) -> Any:
        write = start("200 OK", [("Content-Length", "4")])
        write(b"ab")
        write(b"cd")
        return []

    def written_whole(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "4")])(b"abcd")
        return []

    def written_then_more(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "2")])(b"ab")
        return [b"more"]

    def wrapped(self, environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "6")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"a file"))

    def large(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "3000000")])
        return [b"x" * 3_000_000]

    def numbered(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", str(len(NUMBERED)))])
        edges = [0, 5, 100, 70_000, 71_000, 1_500_000, 1_500_001, 1_600_000, len(NUMBERED)]
        for begin, end in itertools.pairwise(edges):
            yield NUMBERED[begin:end]

    def echo(self, environ: Any, start: Any) -> Any:
        body = environ["wsgi.input"].read()
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def raises(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "5")])
        raise RuntimeError("before anything was sent")

    def raises_between(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "6")])
        yield b"abc"
        raise RuntimeError("in the middle")

    def raises_behind(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "3")])
        yield b"abc"
        raise RuntimeError("when all was sent")

    def second_thoughts(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "3")])
        try:
            raise ValueError("a better answer")  # noqa: TRY301 - PEP 3333's own example
        except ValueError as error:
            start("500 Oh", [("Content-Length", "2")], (type(error), error, None))
        return [b"no"]

    def raises_nothing_less_than_exit(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "5")])
        raise SystemExit(3)

    def hop_by_hop(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Connection", "close")])
        return [b"never"]

    def closing(self, environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "5")])
        return Closing(self, environ)

    # --- held at the gate ----------------------------------------------------

    def held_between(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "10")])
        yield b"first"
        assert self.gate.wait(PATIENCE)
        yield b"after"

    def held_stream(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Type", "text/event-stream")])
        yield b"first"
        assert self.gate.wait(PATIENCE)
        yield b"after"

    def held_behind(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "5")])
        yield b"first"
        assert self.gate.wait(PATIENCE)

    def held_behind_write(self, _environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "5")])(b"first")
        assert self.gate.wait(PATIENCE)
        return []

    def held_in_close(self, environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "5")])
        return Closing(self, environ, wait=True)


class Closing:
    """A response that counts its close()."""

    def __init__(self, app: App, environ: Any, *, wait: bool = False) -> None:
        self._app, self._wait, self._name = app, wait, environ["QUERY_STRING"]
        self._chunks = iter([b"first"])

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """What a web framework tidies up with."""
        if self._wait:
            assert self._app.gate.wait(PATIENCE)
        self._app.closed.append(self._name)
