import os
import shlex

ARGS = "taken"
TITLE = "Models"

# The options of server.py, as on its command line.
ARGUMENTS = shlex.split(os.environ.get("FLASK_ARGS", ""))
