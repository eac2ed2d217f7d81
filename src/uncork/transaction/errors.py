"""What the operating system refuses, as uncork says it."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from uncork.errors import Place, SystemRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HINTS = {
    errno.EACCES: "run this as the owner of the project's folder",
    errno.EPERM: "run this as the owner of the project's folder",
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within the disk quota",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f)",
    errno.EROFS: "the file system is mounted read-only",
    errno.EBUSY: "the file is a mount point of its own; work where it is mounted from",
}


@contextmanager
def refusals(folder: Path) -> Iterator[None]:
    """Turn an OSError into a SystemRefusedError that names the file as people know it."""
    try:
        yield
    except OSError as error:
        # Of a rename, the second name is the one that people know.
        name = error.filename2 or error.filename
        path = Path(os.fsdecode(name)) if isinstance(name, str | bytes) else folder
        root = folder.resolve()
        known = path != root and path.is_relative_to(root)
        raise SystemRefusedError(
            (error.strerror or str(error)).lower(),
            place=Place(str(path.relative_to(root) if known else path)),
            hint=_HINTS.get(error.errno or 0, ""),
        ) from error
