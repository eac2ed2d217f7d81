"""The settings of server.py; the environment overrides each of them."""

import os

# Größe
SIZE = int(os.environ.get("FLASK_SIZE", "3"))
