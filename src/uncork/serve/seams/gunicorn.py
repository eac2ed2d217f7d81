"""gunicorn started from code: its master and workers keep serving, as the script asked.

This is the one server that forks beneath the script's frames, since that is how
the script is written. The master owns the process's signals: SIGTERM drains for
``graceful_timeout``, SIGINT is gunicorn's own quick stop, and both end in
SystemExit, so that code behind ``run()`` is not reached, as under python.

uncork adds where to listen, when it is ready and when it stops; what is for
development is off. Read in gunicorn 27.0 (numbers are its), and in 20.1 and 23:

- app/base.py 70 ``run`` makes an ``Arbiter`` by its module's global; 190
  ``Application.run`` turns itself into a daemon before that.
- arbiter.py 102 ``setup`` reads the settings, also at a reload; 150 ``start`` takes
  signals over, makes ``LISTENERS`` unless there are some, and tells systemd that it is
  ready when no worker is; 197 ``signal``; 433 ``stop``, which in 27 looks for a SIGQUIT
  meanwhile; 477 ``reexec``; 575 ``murder_workers`` at every turn of the loop; 595
  ``reap_workers``, also while it stops.
- workers/base.py 143: ``post_worker_init`` is called when a worker has loaded the app.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import signal
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from uncork.serve.listen import Address, Listener, TcpAddress, UnixAddress
from uncork.serve.logs import tell
from uncork.serve.native import write
from uncork.serve.server import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, ModuleType

    from uncork.serve.runner import Runner

_EVERYBODY = 0o777


def patch_base(module: ModuleType, runner: Runner) -> None:
    """Put our Arbiter in the place of gunicorn's, and let no application become a daemon."""
    base: Any = module
    base.Arbiter = _arbiter(base.Arbiter, runner)
    kind = base.Application
    original = kind.run

    def run(self: Any) -> None:
        if self.cfg.daemon:
            runner.note("daemon: off, the process stays with whoever started it")
            self.cfg.set("daemon", False)
        original(self)

    kind.run = functools.wraps(original)(run)


PATCHES = {"gunicorn.app.base": patch_base}


def _arbiter(base: Any, runner: Runner) -> Any:
    class Arbiter(base):  # type: ignore[misc]
        """gunicorn's master with our sockets and our word to the service manager."""

        def __init__(self, app: Any) -> None:
            self.uncork = _Gunicorn(runner)
            load = app.wsgi
            app.wsgi = lambda: runner.behind_proxies(load())
            super().__init__(app)

        def setup(self, app: Any) -> None:
            self.uncork.adjust(app.cfg)
            super().setup(app)

        def start(self) -> None:
            inherited, self.LISTENERS = self.uncork.listen(self.cfg, self.log)
            self.systemd = inherited
            runner.delegate()
            with _unset("NOTIFY_SOCKET"):
                super().start()
            self.systemd = inherited

        def signal(self, sig: int, frame: FrameType | None) -> None:
            super().signal(self.uncork.note(sig), frame)

        def murder_workers(self) -> None:
            self.uncork.turn(self)
            super().murder_workers()

        def reap_workers(self) -> None:
            self.uncork.alive()
            super().reap_workers()

        def stop(self, graceful: bool = True) -> None:
            self.uncork.stopping()
            super().stop(graceful)

        def reexec(self) -> None:
            tell("SIGUSR2: a new master would run without uncork; restart the service instead")

    return Arbiter


@contextlib.contextmanager
def _unset(variable: str) -> Iterator[None]:
    value = os.environ.pop(variable, None)
    try:
        yield
    finally:
        if value is not None:
            os.environ[variable] = value


class _Gunicorn:
    """What uncork does for one master."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._urls: list[str] = []
        self._signal = 0
        self._up = 0
        self._ready = self._stops = False
        self._reports = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.alive: Callable[[], None] = runner.watchdog.attach()

    def adjust(self, cfg: Any) -> None:
        """Switch off what is for development, or would go past our sockets."""
        if cfg.reload:
            self._runner.note("reload: off in production")
        self._set(cfg, "reload", value=False)
        # Every worker would bind a socket of its own.
        self._set(cfg, "reuse_port", value=False)
        self._set(cfg, "daemon", value=False)
        # One path for all gunicorns of a user, in a home that services can't write to.
        control = cfg.settings.get("control_socket")
        if control is not None and control.value == control.default:
            self._set(cfg, "control_socket_disable", value=True)
        if self._runner.said_drain_timeout is not None:
            cfg.set("graceful_timeout", max(1, math.ceil(self._runner.said_drain_timeout)))
        cfg.set("post_worker_init", self._reporting(cfg.post_worker_init))

    @staticmethod
    def _set(cfg: Any, name: str, *, value: bool) -> None:
        if name in cfg.settings:
            cfg.set(name, value)

    def _reporting(self, hook: Any) -> Any:
        """A worker tells the master that it has loaded the app."""

        def post_worker_init(worker: Any) -> None:
            hook(worker)
            with contextlib.suppress(OSError):
                write(self._reports[1], b"!")
                # It wakes the master, which then finds no child to reap.
                os.kill(worker.ppid, signal.SIGCHLD)

        return post_worker_init

    def listen(self, cfg: Any, log: Any) -> tuple[bool, list[Any]]:
        """The sockets, as gunicorn's own objects, and whether somebody else holds them."""
        from gunicorn import sock  # noqa: PLC0415 - the script has imported it

        given = [socket.socket(fileno=each) for each in cfg.address if isinstance(each, int)]
        claimed = self._runner.claim([*_addresses(cfg)], given)
        scheme = "https" if cfg.is_ssl else "http"
        used = [each.socket for each in claimed]
        for sock_given in given:
            if sock_given not in used:
                sock_given.close()  # Overruled: nobody would accept there.
        listeners = []
        for each in claimed:
            self._urls.append(replace(each, scheme=scheme).url)
            _prepare(each, cfg)
            name, number = each.socket.getsockname(), each.socket.detach()
            # It closes the descriptor that it is given, and takes a copy.
            listeners.append(sock._sock_type(name)(name, cfg, log, fd=number))  # noqa: SLF001 - no public name
        return any(each.inherited for each in claimed), listeners

    def note(self, number: int) -> int:
        """A signal has come; a second one that asks to stop cuts: gunicorn has SIGQUIT for that."""
        asks = number in {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}
        if asks and self._signal:
            return signal.SIGQUIT
        if asks:
            self._signal = number
        return number

    def turn(self, arbiter: Any) -> None:
        """Called at every turn of the master's loop."""
        self.alive()
        if self._ready:
            return
        with contextlib.suppress(BlockingIOError):
            self._up += len(os.read(self._reports[0], 1024))
        if self._up >= arbiter.num_workers:
            self._ready = True
            workers = count(arbiter.num_workers, "worker")
            kind = arbiter.cfg.worker_class_str
            self._runner.tell_unused("gunicorn")
            self._runner.announce(self._urls, f"gunicorn, {workers} of class {kind}")

    def stopping(self) -> None:
        """The master stops its workers; of SIGINT it does so twice."""
        if self._stops:
            return
        self._stops = True
        name = signal.Signals(self._signal).name if self._signal else ""
        self._runner.stopping(0, name)


def _addresses(cfg: Any) -> Iterator[Address]:
    for each in cfg.address:
        if isinstance(each, tuple):
            yield TcpAddress(*each)
        elif isinstance(each, str | bytes):
            yield UnixAddress(os.fsdecode(each), _EVERYBODY & ~cfg.umask)


def _prepare(listener: Listener, cfg: Any) -> None:
    """As gunicorn does for sockets that it binds itself: sock.py, set_options and bind."""
    if listener.inherited:
        return
    listener.socket.listen(cfg.backlog)
    if listener.remove is not None and (cfg.uid, cfg.gid) != (os.geteuid(), os.getegid()):
        os.chown(listener.remove[0], cfg.uid, cfg.gid)
