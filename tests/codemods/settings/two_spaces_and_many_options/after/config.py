"""The settings of server.py; the environment overrides each of them."""

import os

FIRST_GREETING = os.environ.get("FLASK_FIRST_GREETING", "Hello")
SECOND_GREETING = os.environ.get("FLASK_SECOND_GREETING", "Good day")
THIRD_GREETING = os.environ.get("FLASK_THIRD_GREETING", "Good evening")
LAST_GREETING = os.environ.get("FLASK_LAST_GREETING", "Good night")
