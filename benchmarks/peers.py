"""The servers that are compared: how each is started, watched and stopped.

All serve the same app from the same interpreter on a port of their own, write
their output into a file as under a service manager, and are ended by the process
group that they were started in, and by nothing else.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.environments import ROOT, interpreter
from tests.ports import free_port

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

HOST = "127.0.0.1"
FLASK = "flask run"
WAITRESS = "waitress-serve"
CONTROL = "waitress-serve, again"
GTHREAD = "gunicorn gthread 2x8"
GRANIAN = "granian 1"
GRANIAN_2 = "granian 2"
UNCORK = "uncork serve"
UNCORK_2 = "uncork serve, 2 processes"
PATIENCE = 20.0
"""Seconds that a server gets to answer its first request, and to end."""
_APP = Path(__file__).parent / "app"
_TICKS = os.sysconf("SC_CLK_TCK")
_SESSION, _UTIME, _STIME = 3, 11, 12
"""Fields of /proc/PID/stat behind the name: proc_pid_stat(5)."""


class PeerError(Exception):
    """A server that could not be started, or is not there."""


@dataclass(frozen=True)
class Peer:
    """A server and the command that starts it.

    Args:
        name: in tables.
        command: ``{port}`` stands for the port; the first word is a program of
            the environment.
    """

    name: str
    command: tuple[str, ...]


def all_peers(bench: Bench, *, quiet: bool = False) -> list[Peer]:
    """Every server that is compared, in the order of the tables, and as far as it is here.

    Args:
        bench: where they are looked for.
        quiet: what is not here is not said on stderr.
    """
    say = (lambda _: None) if quiet else tell
    uncork = ("python", "-m", "uncork", "serve", "--port", "{port}")
    gunicorn = ("gunicorn", "--bind", "127.0.0.1:{port}")
    granian = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}")
    waitress = ("waitress-serve", "--listen", "127.0.0.1:{port}", "server:app")
    peers = [
        Peer(FLASK, ("flask", "--app", "server", "run", "--port", "{port}")),
        Peer(WAITRESS, waitress),
        Peer(CONTROL, waitress),
        Peer(GTHREAD, (*gunicorn, "-k", "gthread", "-w", "2", "--threads", "8", "server:app")),
        Peer(GRANIAN, (*granian, "--workers", "1", "server:app")),
        Peer(GRANIAN_2, (*granian, "--workers", "2", "server:app")),
        Peer(UNCORK, (*uncork, "server.py")),
    ]
    if bench.has_option("--processes"):
        peers.append(Peer(UNCORK_2, (*uncork, "--processes", "2", "server:app")))
    else:
        say(f"{UNCORK_2}: left out, this uncork serve has no --processes")
    for peer in list(peers):
        if not (bench.bin / peer.command[0]).exists():
            say(f"{peer.name}: left out, {peer.command[0]} is not installed")
            peers.remove(peer)
    return peers


def tell(line: str) -> None:
    """Say a line about the run; the tables go to stdout."""
    print(line, file=sys.stderr, flush=True)


class Bench:
    """A folder with the app, an environment with the servers, and what was started.

    A context manager: at its end nothing that it started runs, and the folder is gone.
    """

    def __init__(self) -> None:
        if shutil.which("wrk") is None:
            raise PeerError("wrk is not here, and it makes the load: apt-get install wrk")
        python = Path(interpreter("benchmarks"))
        self.bin = python.parent
        packages = next((python.parents[1] / "lib").glob("python*/site-packages"))
        # As an editable install does it.
        (packages / "uncork.pth").write_text(f"{ROOT / 'src'}\n")
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-")
        self.folder = Path(self._folder.name)
        self.app = self.folder / "app"
        shutil.copytree(_APP, self.app, ignore=shutil.ignore_patterns("__pycache__"))
        self._started: list[Running] = []
        self._help = ""

    def __enter__(self) -> Bench:  # noqa: PYI034 - Python 3.10 has no Self
        return self

    def __exit__(self, *_raised: object) -> None:
        for running in self._started:
            running.kill()
        self._folder.cleanup()

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every server: this one's activated, and nothing that sets options."""
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        path = f"{self.bin}:/usr/local/bin:/usr/bin:/bin"
        return {**kept, "PATH": path, "HOME": str(home), "VIRTUAL_ENV": str(self.bin.parent)}

    def has_option(self, option: str) -> bool:
        """Whether ``uncork serve`` knows an option."""
        return self.option(option) is not None

    def option(self, part: str) -> str | None:
        """The option of ``uncork serve`` whose name begins so; None if there is none."""
        if not self._help:
            command = [str(self.bin / "python"), "-m", "uncork", "serve", "--help"]
            asked = subprocess.run(
                command, env=self.environ, cwd=self.app, capture_output=True, text=True, check=True
            )
            self._help = asked.stdout
        words = self._help.replace(",", " ").split()
        return next((word for word in words if word.startswith(part)), None)

    def start(self, peer: Peer, extra: Mapping[str, str] | None = None) -> Running:
        """Start a server and wait for its first answer.

        Args:
            peer: which.
            extra: more environment variables.

        Raises:
            PeerError: it did not answer.
        """
        running = self.launch(peer, free_port(), extra)
        running.wait_until_it_answers()
        return running

    def launch(
        self,
        peer: Peer,
        port: int,
        extra: Mapping[str, str] | None = None,
        held: socket.socket | None = None,
    ) -> Running:
        """Start a server and don't wait.

        Args:
            peer: which.
            port: where it shall listen.
            extra: more environment variables.
            held: a listening socket that is handed to it as systemd does: sd_listen_fds(3).
        """
        program, *words = (word.replace("{port}", str(port)) for word in peer.command)
        command = [str(self.bin / program), *words]
        if held is not None:
            # The number must be 3, and the process its own: only a process itself knows that.
            shell = 'exec 3<&"$0"; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
            command = ["/bin/sh", "-c", shell, str(held.fileno()), *command]
        said = self.folder / f"output-{len(self._started)}"
        with said.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.app,
                env={**self.environ, **(extra or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if held is None else (held.fileno(),),
            )
        running = Running(peer, process, port, said)
        self._started.append(running)
        return running


class Running:
    """A server that runs, with its processes.

    Args:
        peer: which.
        process: the one that was started; its children are in its session.
        port: where it listens.
        said: the file with its output.
    """

    def __init__(self, peer: Peer, process: subprocess.Popen[bytes], port: int, said: Path) -> None:
        self._said = said
        self.peer = peer
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.first_answer = 0.0
        self._launched = time.perf_counter()

    def wait_until_it_answers(self) -> None:
        """Ask until there is an answer; `first_answer` is then the seconds since the start.

        Raises:
            PeerError: it ended, or did not answer in time.
        """
        while time.perf_counter() - self._launched < PATIENCE:
            if self.answers():
                self.first_answer = time.perf_counter() - self._launched
                return
            if self.process.poll() is not None:
                last = self._said.read_text(errors="replace").strip().rpartition("\n")[2]
                raise PeerError(f"ended with {self.process.returncode} instead of serving: {last}")
            time.sleep(0.002)
        self.kill()
        raise PeerError(f"no answer within {PATIENCE:g} s")

    def answers(self, timeout: float = PATIENCE) -> bool:
        """Whether a request on a connection of its own is answered with 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def processor_seconds(self) -> float:
        """What all its processes have used until now."""
        stats = _session_stats(self.process.pid).values()
        return sum(int(stat[_UTIME]) + int(stat[_STIME]) for stat in stats) / _TICKS

    @property
    def memory(self) -> float:
        """MB of all its processes, shared pages counted once: proc_pid_smaps_rollup(5)'s Pss."""
        kilobytes = 0
        for pid in _session_stats(self.process.pid):
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                kilobytes += int(text.partition("\nPss:")[2].split()[0])
        return kilobytes / 1000

    def stop(self) -> int | None:
        """Send SIGTERM and wait for the end; what does not end is killed.

        Returns:
            The exit status; None if it had to be killed.
        """
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.kill()

    def kill(self) -> None:
        """End what is left of its process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _session_stats(session: int) -> dict[int, list[str]]:
    """The processes of a session, and their statistics."""
    found: dict[int, list[str]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[_SESSION]) == session:
                found[int(entry.name)] = fields
    return found


@contextlib.contextmanager
def serving(bench: Bench, peer: Peer) -> Iterator[Running]:
    """A server for as long as the context lasts.

    Raises:
        PeerError: it did not start.
    """
    running = bench.start(peer)
    try:
        yield running
    finally:
        running.stop()
