"""The mounts of an isolation: what an app sees, and what it can write to.

They are made with mount(2) through ctypes, since a dozen mount(8) processes would cost
more than the app's own start. Imported by PID 1 of an isolation, which has the standard
library alone.

The order follows from what each needs: what stays visible is kept under a scratch folder
first, then the roots are emptied, then what was kept is put back. The working directory
is the scratch folder all the while, so that it can be reached by relative paths although
/tmp, where it stands, is emptied, too.

Facts: mount(2), mount_namespaces(7), and the kernel's
Documentation/filesystems/overlayfs.rst for ``userxattr`` and whiteouts.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uncork.proof.trees import Copy, copy_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = ("/var", "/run", "/tmp", "/dev")  # noqa: S108 - these are the roots that are emptied
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
PROBE = Path("/run/uncork/probe.py")

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_NOATIME, MS_NODIRATIME, MS_BIND = 32, 1024, 2048, 4096
MS_REC, MS_RELATIME = 16384, 1 << 21
MOUNT_FLAGS = {
    "nosuid": MS_NOSUID,
    "nodev": MS_NODEV,
    "noexec": MS_NOEXEC,
    "noatime": MS_NOATIME,
    "nodiratime": MS_NODIRATIME,
    "relatime": MS_RELATIME,
    "nosymfollow": 256,
}
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def mount(source: str, target: str | Path, kind: str, flags: int = 0, data: str = "") -> None:
    """Mount something.

    Raises:
        OSError: with the system's reason and the target.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (source.encode(), str(target).encode(), kind.encode())
    if libc.mount(*arguments, ctypes.c_ulong(flags), data.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"can't mount {kind or source}: {os.strerror(number)}", str(target))


def bind(source: str | Path, target: str | Path) -> None:
    """Make a file or folder appear at a second place, with what is mounted below it."""
    mount(str(source), target, "", MS_BIND | MS_REC)


def loopback_up() -> None:
    """Set the new network namespace's only device up: netdevice(7)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def mount_table() -> list[tuple[str, int]]:
    """Each mount point and its flags, in the order of /proc/self/mountinfo: proc(5)."""
    table = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        # Spaces and others are written in octal.
        point = fields[4].encode().decode("unicode_escape").encode("latin-1").decode()
        flags = sum(MOUNT_FLAGS.get(option, 0) for option in fields[5].split(","))
        table.append((point, flags | (MS_RDONLY if "ro" in fields[5].split(",") else 0)))
    return table


def arrange(spec: Mapping[str, Any]) -> list[Copy]:
    """Arrange all mounts; afterwards only copies, /tmp and shared memory can be written to.

    Args:
        spec: ``scratch``, an empty folder; ``copies``, paths of folders that become
            throw-away copies; ``keep``, paths that stay visible inside emptied roots;
            ``probe``, the probe's file; ``user``, whether these are an ordinary user's
            namespaces.

    Raises:
        OSError: the system refuses a step.
    """
    mount("tmpfs", spec["scratch"], "tmpfs", 0, "mode=0700")
    os.chdir(spec["scratch"])
    before = [point for point, _ in mount_table()]
    paths = sorted({Path(path) for path in spec["copies"]}, key=lambda path: len(path.parts))
    lowers = [_keep(path) for path in paths]
    keeps = [(Path(path), _keep(Path(path))) for path in spec["keep"]]
    devices = [(name, _keep(Path("/dev", name))) for name in DEVICES if Path("/dev", name).exists()]
    probe = _keep(Path(spec["probe"]))
    inner = [
        (Path(point), _keep(Path(point)))
        for point in before
        if any(path in Path(point).parents for path in paths) and os.access(point, os.X_OK)
    ]
    _empty_roots(devices)
    _put_back(probe, PROBE)
    for path, kept in keeps:
        _put_back(kept, path)
    copies = [
        _copy(path, lower, user=spec["user"]) for path, lower in zip(paths, lowers, strict=True)
    ]
    for path, kept in inner:
        if path not in paths:
            _put_back(kept, path)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    # Rule of user_namespaces(7): the maps are written through a proc that can be written to.
    Path("proc").mkdir()
    mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    writable = {str(copy.path) for copy in copies} | {"/tmp", "/var/tmp", "/dev/shm", "/dev/pts"}  # noqa: S108
    _make_read_only(writable)
    return copies


def _keep(path: Path) -> Path:
    """Hold on to a file or folder under the scratch folder, before its root is emptied."""
    kept = Path("keep", str(len(list(Path("keep").iterdir())) if Path("keep").is_dir() else 0))
    _mount_point(kept, folder=path.is_dir())
    bind(path, kept)
    return kept


def _put_back(kept: Path, path: Path) -> None:
    _mount_point(path, folder=kept.is_dir())
    bind(kept, path)


def _mount_point(path: Path, *, folder: bool) -> None:
    if folder:
        path.mkdir(parents=True, exist_ok=True)
    elif not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _empty_roots(devices: list[tuple[str, Path]]) -> None:
    for root in HIDDEN:
        # On some systems one of them is a link to another.
        if Path(root).is_dir() and not Path(root).is_symlink():
            everyone = root == "/tmp"  # noqa: S108
            mount("tmpfs", root, "tmpfs", MS_NOSUID, "mode=1777" if everyone else "mode=0755")
    with contextlib.suppress(FileExistsError):
        Path("/var/run").symlink_to("/run")
    for folder in ("/var/tmp", "/dev/shm"):  # noqa: S108
        Path(folder).mkdir(exist_ok=True)
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    for name, kept in devices:
        _put_back(kept, Path("/dev", name))
    Path("/dev/pts").mkdir()
    mount(
        "devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"
    )
    for name, target in (
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ):
        Path("/dev", name).symlink_to(target)


def _copy(path: Path, lower: Path, *, user: bool) -> Copy:
    """Put a throw-away copy at a folder's path: an overlay, else a real copy."""
    number = lower.name
    upper, work = Path("upper", number), Path("work", number)
    for folder in (upper, work):
        folder.mkdir(parents=True)
    _same_owner(lower, upper)
    path.mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}" + (",userxattr" if user else "")
    try:
        mount("overlay", path, "overlay", 0, options)
    except OSError:
        # Before Linux 5.11 an ordinary user can't mount one; some file systems can't be a lower.
        copy_tree(lower, upper, _put_back)
        bind(upper, path)
        return Copy(path, overlay=False, lower=lower, upper=upper)
    return Copy(path, overlay=True, lower=lower, upper=upper)


def _same_owner(model: Path, folder: Path) -> None:
    found = model.stat()
    folder.chmod(stat.S_IMODE(found.st_mode))
    try:
        os.chown(folder, found.st_uid, found.st_gid)
    except OSError:
        # Another user's folder, seen from a user namespace: it stays as writable as it was.
        if not os.access(model, os.W_OK):
            folder.chmod(0o555)


def _make_read_only(writable: set[str]) -> None:
    for point, flags in mount_table():
        inside = point.startswith(str(Path.cwd()) + "/") or point == str(Path.cwd())
        if point in writable or inside:
            continue
        try:
            mount("", point, "", MS_REMOUNT | MS_BIND | MS_RDONLY | flags)
        except OSError as error:
            # Covered by an emptied root: nobody gets there. EINVAL: it is a folder and no mount.
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.EINVAL}:
                continue
            # Another user's FUSE mount can't be entered, not even by root: fuse(4).
            if os.access(point, os.W_OK):
                raise
