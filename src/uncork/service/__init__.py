"""A systemd service that survives a reboot: what its units say, and installing them.

Pure: `names` (what units are called), `quoting` (systemd's syntax), `hardening` (the
sandbox as data), `unit` (the text of both units and of the environment file), `traces`
(what the source says about writing), `arguments` (the script's own command line),
`account` (who runs it), `explain` (a failure in the app's terms), `results`.

Rim: `systemd` (systemctl and journalctl), `disk` and `state` (what is kept of an
installed service), `request` and `preflight` (looking before leaping), `health`,
`install` (the transaction), `manage` (everything that is done with an installed service).
"""

from __future__ import annotations
