"""The settings of server.py; the environment overrides each of them."""

import os

FILES_DIR = os.environ.get("FLASK_FILES_DIR", "files")
