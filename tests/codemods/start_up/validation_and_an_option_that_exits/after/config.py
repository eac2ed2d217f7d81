"""The settings of server.py; the environment overrides each of them."""

import os

FILE = os.environ.get("FLASK_FILE", "guests.txt")
