"""The settings of server.py; the environment overrides each of them."""

import os


def _flag(name, default):
    """The flag in an environment variable: 1/0, true/false, yes/no or on/off."""
    text = os.environ.get(name, default).strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ValueError(f"{name}={text!r} is none of 1/0, true/false, yes/no, on/off")


# stop before the work begins
CHECK = _flag("FLASK_CHECK", "0")
