"""The settings of server.py; the environment overrides each of them."""

import os

UPLOAD_DIR = os.environ.get("FLASK_UPLOAD_DIR", "files")
TITLE = os.environ.get("FLASK_TITLE", "Files")
