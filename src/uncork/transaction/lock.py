"""One uncork at a time in one project."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from uncork.errors import Place, SystemRefusedError
from uncork.transaction.disk import owner_for_new
from uncork.transaction.journal import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.transaction.disk import Disk
    from uncork.transaction.journal import Store

WAIT = 10.0
"""Seconds to wait for another uncork; a transaction takes a fraction of one."""

_LOOK_AGAIN = 0.01


@contextmanager
def locked(store: Store, disk: Disk) -> Iterator[None]:
    """Hold the project's lock; leave no ``.uncork`` behind if nothing is in it at the end.

    flock(2) is released by the kernel when its holder dies, however it dies.

    Raises:
        SystemRefusedError: another uncork holds it for longer than `WAIT`.
    """
    descriptor = _take(store, disk)
    try:
        try:
            yield
        finally:
            store.remove_if_bare()
    finally:
        os.close(descriptor)


def _take(store: Store, disk: Disk) -> int:
    deadline = time.monotonic() + WAIT
    while True:
        store.make()
        with suppress(FileNotFoundError):
            descriptor = disk.open_lock(store.lock, owner_for_new(store.folder))
            try:
                _wait(descriptor, deadline)
                # Whoever held it may have removed .uncork, and with it this file:
                # then another could lock a new file of the same name.
                if os.path.samestat(os.fstat(descriptor), store.lock.stat()):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)


def _wait(descriptor: int, deadline: float) -> None:
    while not _is_ours(descriptor):
        if time.monotonic() > deadline:
            raise SystemRefusedError(
                "another uncork is at work in this project",
                place=Place(FOLDER),
                hint="wait until it has ended, then run this again",
            )
        time.sleep(_LOOK_AGAIN)


def _is_ours(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
