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


# change nothing; this text is long enough to need more than one line when it is a
# comment
DRY_RUN = _flag("FLASK_DRY_RUN", "0")
CACHE = _flag("FLASK_CACHE", "1")
# between 0 and 1 (default: 0.5, 100% of ratio)
RATIO = float(os.environ.get("FLASK_RATIO", "0.5"))
# where the files are
FOLDER = os.environ.get("FLASK_FOLDER")
API_KEY = os.environ.get("FLASK_API_KEY")
