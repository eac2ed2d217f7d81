"""The settings of server.py; the environment overrides each of them."""

import os

GREETING = os.environ.get("FLASK_GREETING", "Hello")
