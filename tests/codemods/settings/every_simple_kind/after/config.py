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


# who is it's "me"
NAME = os.environ.get("FLASK_NAME", 'it\'s "me"')
COUNT = int(os.environ.get("FLASK_COUNT", "-3"))
# A rate that needs two lines of help, since it says a great deal about what a rate is
# and does
RATE = float(os.environ.get("FLASK_RATE", "0.5"))
QUIET = _flag("FLASK_QUIET", "0")
COLOUR = _flag("FLASK_COLOUR", "1")
TITLE = os.environ.get("FLASK_TITLE")
