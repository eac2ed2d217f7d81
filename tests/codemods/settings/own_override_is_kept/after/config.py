"""The settings of server.py; the environment overrides each of them."""

import os

DATA_FOLDER = os.environ.get("FLASK_DATA_FOLDER", "data")
