"""The settings of my-server.py; the environment overrides each of them."""

import os

SIGN = os.environ.get("FLASK_SIGN", "!")
