"""Load on a server: wrk for rates, this project's own clients for everything else."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = Path(__file__).with_name("clients.py")
_PATIENCE = 60.0
_SCRIPT = """
local body = os.getenv("BENCHMARK_BODY")
if body then
  wrk.method = "POST"
  wrk.body = string.rep("x", tonumber(body))
end
function done(summary, latency, requests)
  local e = summary.errors
  local found = {
    {"requests", "%d", summary.requests},
    {"bytes", "%d", summary.bytes},
    {"seconds", "%.6f", summary.duration / 1e6},
    {"p50", "%.3f", latency:percentile(50) / 1e3},
    {"p99", "%.3f", latency:percentile(99) / 1e3},
    {"slowest", "%.3f", latency.max / 1e3},
    {"errors", "%d", e.connect + e.read + e.write + e.timeout + e.status},
  }
  local parts = {}
  for _, each in ipairs(found) do
    table.insert(parts, string.format('"%s": ' .. each[2], each[1], each[3]))
  end
  io.write("{" .. table.concat(parts, ", ") .. "}\\n")
end
"""


@dataclass(frozen=True)
class Load:
    """What one measurement found.

    Args:
        requests: that were answered.
        bytes: that were received.
        seconds: how long it took.
        p50: milliseconds, the median of the answers' times.
        p99: milliseconds within which 99 of 100 answers came.
        slowest: milliseconds.
        errors: requests that failed, and answers of 400 and above.
    """

    requests: int = 0
    bytes: int = 0
    seconds: float = 1.0
    p50: float = 0.0
    p99: float = 0.0
    slowest: float = 0.0
    errors: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds

    @property
    def byte_rate(self) -> float:
        """Bytes a second."""
        return self.bytes / self.seconds


class Wrk:
    """wrk that runs in the background until `stop`: it takes whole seconds only by itself.

    Args:
        url: what is asked for.
        connections: how many at once, each with one request at a time.
        folder: for the script that makes wrk speak JSON.
        body: bytes to send with POST; 0, it asks with GET.
    """

    def __init__(self, url: str, connections: int, folder: Path, body: int = 0) -> None:
        script = folder / "wrk.lua"
        if not script.exists():
            script.write_text(_SCRIPT)
        self._process = subprocess.Popen(
            [
                "wrk",
                "-t1",
                f"-c{connections}",
                "-d600s",
                "--timeout",
                "10s",
                "-s",
                str(script),
                url,
            ],
            env={**os.environ, **({"BENCHMARK_BODY": str(body)} if body else {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def stop(self) -> Load:
        """End it; what it found, or nothing if it could not even connect."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            out, _ = self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return Load()
        lines = [line for line in out.splitlines() if line.startswith("{")]
        # A division by nothing is printed as nan, which JSON spells otherwise.
        found = json.loads(lines[-1].replace("-nan", "0").replace("nan", "0")) if lines else {}
        return Load(**found)


def rate(url: str, connections: int, seconds: float, folder: Path, body: int = 0) -> Load:
    """Ask as often as the server answers, for a while."""
    wrk = Wrk(url, connections, folder, body)
    time.sleep(seconds)
    return wrk.stop()


def clients(*words: str | float) -> Any:
    """Run one of `benchmarks/clients.py`'s programs to its end; returns what it found."""
    asked = subprocess.run(
        _command(words), capture_output=True, text=True, check=True, timeout=_PATIENCE
    )
    return json.loads(asked.stdout.splitlines()[-1])


@contextlib.contextmanager
def clients_at_work(*words: str | float) -> Iterator[subprocess.Popen[str]]:
    """One of these programs, from its being in place until the end of the context."""
    process = subprocess.Popen(
        _command(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def _command(words: tuple[str | float, ...]) -> list[str]:
    # -S and -E: a hundred starts should not wait for site-packages.
    return [sys.executable, "-SE", str(CLIENTS), *map(str, words)]
