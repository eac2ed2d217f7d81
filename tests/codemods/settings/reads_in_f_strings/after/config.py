"""The settings of server.py; the environment overrides each of them."""

import os

NAME = os.environ.get("FLASK_NAME", "Ada")
SIZE = int(os.environ.get("FLASK_SIZE", "2"))
