# Settings of the shop.
import os

THEME = "dark"


def _flag(name, default):
    """The flag in an environment variable: 1/0, true/false, yes/no or on/off."""
    text = os.environ.get(name, default).strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ValueError(f"{name}={text!r} is none of 1/0, true/false, yes/no, on/off")


# how often
TIMES = int(os.environ.get("FLASK_TIMES", "2"))
LOUD = _flag("FLASK_LOUD", "0")
