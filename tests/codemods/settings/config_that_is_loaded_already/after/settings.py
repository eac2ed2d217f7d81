import os

TITLE = 'guests'

TIMES = int(os.environ.get("FLASK_TIMES", "1"))
