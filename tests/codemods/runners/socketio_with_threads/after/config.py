"""The settings of server.py; the environment overrides each of them."""

import os

# what a greeting ends with
END = os.environ.get("FLASK_END", "!")
