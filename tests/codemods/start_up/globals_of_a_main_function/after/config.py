"""The settings of server.py; the environment overrides each of them."""

import os

PORT = int(os.environ.get("FLASK_PORT", "5300"))
