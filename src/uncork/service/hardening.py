"""The sandbox, as data: each directive with its value and the reason for it.

It starts from everything that an ordinary Flask app was seen to live with, and is
loosened where something is known to need it; each loosening is said aloud. Meanings
are those of systemd.exec(5) and systemd.resource-control(5), and what each is worth
is what ``systemd-analyze security`` of systemd 252 counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from uncork.service.quoting import path_item


@dataclass(frozen=True)
class Directive:
    """One line of a unit.

    Args:
        name: as systemd spells it.
        value: already quoted.
        reason: why it stands there, as the comment above it; '' where the name says it.
    """

    name: str
    value: str
    reason: str = ""


@dataclass(frozen=True)
class Needs:
    """What an app needs that the tightest sandbox would take away.

    Args:
        writable: folders that it may write in, absolute.
        read_only: folders in those that it may not, absolute; they need not exist.
        home: something that it runs from, or reads, lies under /home, /root or /run/user.
        writable_code: it makes machine code while it runs.
        state: the name of its folder below /var/lib, or ''.
    """

    writable: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    home: bool = False
    writable_code: bool = False
    state: str = field(default="")


FIXED = (
    Directive("NoNewPrivileges", "yes", "No setuid program can give more rights than these."),
    Directive("CapabilityBoundingSet", ""),
    Directive("AmbientCapabilities", ""),
    Directive("PrivateTmp", "yes", "A /tmp and /var/tmp of its own, empty at each start."),
    Directive("PrivateDevices", "yes"),
    Directive("DevicePolicy", "closed"),
    Directive(
        "PrivateUsers", "yes", "Accounts other than its own and root look like nobody to it."
    ),
    Directive("ProtectClock", "yes"),
    Directive("ProtectControlGroups", "yes"),
    Directive("ProtectHostname", "yes"),
    Directive("ProtectKernelLogs", "yes"),
    Directive("ProtectKernelModules", "yes"),
    Directive("ProtectKernelTunables", "yes"),
    # Not ProcSubset=pid: it hides /proc/meminfo and /proc/cpuinfo, which numerical
    # libraries read to size their pools.
    Directive("ProtectProc", "invisible", "Processes of other users are not in its /proc."),
    Directive("LockPersonality", "yes"),
    Directive("RestrictNamespaces", "yes"),
    Directive("RestrictRealtime", "yes"),
    Directive("RestrictSUIDSGID", "yes"),
    Directive(
        "RestrictAddressFamilies",
        "AF_UNIX AF_INET AF_INET6",
        "AF_UNIX is how it tells systemd that it is ready.",
    ),
    Directive("SystemCallArchitectures", "native"),
    Directive("SystemCallFilter", "@system-service"),
    Directive("SystemCallFilter", "~@privileged @resources"),
    Directive(
        "SystemCallErrorNumber",
        "EPERM",
        "A forbidden call fails like a missing right, and the app goes on.",
    ),
)
"""What every service gets."""


def sandbox(needs: Needs) -> tuple[Directive, ...]:
    """The directives for an app with these needs, in the order in which a reader meets them."""
    return (
        *_files(needs),
        *FIXED,
        *(
            ()
            if needs.writable_code
            else (
                Directive("MemoryDenyWriteExecute", "yes", "No memory is both writable and code."),
            )
        ),
    )


def loosenings(needs: Needs) -> tuple[str, ...]:
    """What the sandbox leaves open for these needs, each as a sentence for the user."""
    said = [f"it may write in {folder}" for folder in needs.writable]
    if needs.home:
        said.append("it may read home folders, as far as its user may")
    if needs.writable_code:
        said.append("it may make machine code while it runs, which a just-in-time compiler needs")
    if needs.state:
        said.append(f"its own data folder is /var/lib/{needs.state} ($STATE_DIRECTORY)")
    return tuple(said)


def _files(needs: Needs) -> list[Directive]:
    found = [
        Directive("ProtectSystem", "strict", "The whole file system is read-only to it ..."),
    ]
    if needs.writable:
        value = " ".join(path_item(folder) for folder in needs.writable)
        found.append(
            Directive(
                "ReadWritePaths",
                value,
                "... but for the app's own folder: a data base beside the code needs the folder\n"
                "itself writable, for its journal.",
            )
        )
    if needs.read_only:
        value = " ".join(path_item(folder, "-") for folder in needs.read_only)
        found.append(Directive("ReadOnlyPaths", value, "What it runs from stays read-only there."))
    if needs.state:
        found.append(
            Directive("StateDirectory", needs.state, f"... but for /var/lib/{needs.state}.")
        )
    if needs.home:
        found.append(
            Directive(
                "ProtectHome",
                "read-only",
                "Something that it runs from or reads is in a home folder.",
            )
        )
    else:
        found.append(Directive("ProtectHome", "yes"))
    return found
