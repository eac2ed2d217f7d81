"""The settings of server.py; the environment overrides each of them."""

import os

# wer gegrüßt wird
NAME = os.environ.get("FLASK_NAME", "Jürgen")
