"""What the service's user may do, asked of the kernel by being that user for a moment.

Mode bits alone would not tell: access control lists and read-only mounts count as well.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uncork.errors import SystemRefusedError

if TYPE_CHECKING:
    from uncork.service.account import Account
    from uncork.service.traces import Trace

_NOBODY = 65534
"""Stands for a dynamic user: it owns nothing and belongs to no group."""
_DATA_BASES = {".db", ".sqlite", ".sqlite3"}
_SECONDS = 30
_CANNOT_RUN = 126
"""What a shell reports for a program that can't be executed."""


@dataclass(frozen=True)
class Identity:
    """A user whose rights can be tried.

    Args:
        name: for messages.
        uid: its number.
        gid: its own group.
        groups: all its groups.
    """

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    @classmethod
    def of(cls, account: Account) -> Identity:
        """The user that runs a service."""
        if account.dynamic:
            return cls("a user made for it", _NOBODY, _NOBODY, ())
        entry = pwd.getpwnam(account.user)
        groups = os.getgrouplist(account.user, entry.pw_gid)
        return cls(account.user, entry.pw_uid, entry.pw_gid, tuple(groups))

    def can(self, test: str, path: str) -> bool:
        """Whether ``test -r PATH`` and the like hold for this user; of root's processes only."""
        return self._run(["/usr/bin/test", test, path]).returncode == 0

    def imports_uncork(self, interpreter: str) -> bool:
        """Whether an interpreter has uncork and waitress of its own."""
        asked = (
            "from importlib.util import find_spec;"
            "print(all(map(find_spec, ('uncork', 'uncork.serve', 'waitress'))))"
        )
        return self._run([interpreter, "-c", asked]).stdout.strip() == "True"

    def need_readable(self, path: str, hint: str = "") -> None:
        """See to it that a file or folder can be reached and read.

        Args:
            path: absolute.
            hint: what to do if it can't; else how to open it.

        Raises:
            SystemRefusedError: it can't, with the folder that is closed.
        """
        for parent in reversed(Path(path).parents):
            if not self.can("-x", str(parent)):
                self._refuse(f"can't enter {parent}", str(parent), hint)
        if not self.can("-r", path):
            self._refuse(f"can't read {path}", path, hint)

    def need_interpreter(self, path: str) -> None:
        """See to it that a Python starts.

        Raises:
            SystemRefusedError: it does not, with the folder that is closed or its own words.
        """
        self._need_way_to(path)
        real = str(Path(path).resolve())
        self._need_way_to(real)
        if not self.can("-x", path):
            self._refuse(f"can't run {path}", path)
        tried = self._run([path, "-c", "import encodings"])
        if tried.returncode != 0:
            last = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SystemRefusedError(
                f"{self.name} can't run {path}: {last}",
                hint="make a virtual environment with the system's own python3: "
                "/usr/bin/python3 -m venv .venv",
            )

    def need_writable(self, folder: str, trace: Trace) -> None:
        """See to it that a folder and the data bases in it can be written.

        Raises:
            SystemRefusedError: one can't; at the place in the source that will try.
        """
        paths = [folder, *(str(p) for p in Path(folder).iterdir() if p.suffix in _DATA_BASES)]
        for path in paths:
            if not self.can("-w", path):
                raise SystemRefusedError(
                    f"{trace.what}, and {self.name} can't write {path}",
                    hint=f"chown -R {self.name} {folder}, or name another user with --service-user",
                    place=trace.place,
                )

    def _need_way_to(self, path: str) -> None:
        for parent in reversed(Path(path).parents):
            if not self.can("-x", str(parent)):
                raise SystemRefusedError(
                    f"{self.name} can't run {path}: {parent} is closed to it",
                    hint="make a virtual environment with the system's own python3: "
                    "/usr/bin/python3 -m venv .venv",
                )

    def _refuse(self, what: str, path: str, hint: str = "") -> None:
        opened = f"chmod o+rx {path}, move the project to /srv, or name another user with "
        raise SystemRefusedError(f"{self.name} {what}", hint=hint or f"{opened}--service-user")

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        # Without root there is nobody else to be, and the answer is one's own.
        is_root = os.geteuid() == 0
        try:
            return subprocess.run(
                command,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
                user=self.uid if is_root else None,
                group=self.gid if is_root else None,
                extra_groups=self.groups if is_root else None,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return subprocess.CompletedProcess(command, _CANNOT_RUN, "", str(error))
