"""The settings of server.py; the environment overrides each of them."""

import os

TITLE = os.environ.get("FLASK_TITLE", 'It\'s "good"')
COUNT = int(os.environ.get("FLASK_COUNT", "-1"))
