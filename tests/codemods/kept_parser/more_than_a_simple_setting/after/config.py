"""The settings of server.py; the environment overrides each of them."""

import os
import shlex

# The options of server.py, as on its command line.
ARGS = shlex.split(os.environ.get("FLASK_ARGS", ""))
