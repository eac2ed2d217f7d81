"""The settings of server.py; the environment overrides each of them."""

import os

# how many
BOOKS = int(os.environ.get("FLASK_BOOKS", "2"))
TITLE = os.environ.get("FLASK_TITLE", "book")
