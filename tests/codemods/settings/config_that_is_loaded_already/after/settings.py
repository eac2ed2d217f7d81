TITLE = 'guests'

import os

TIMES = int(os.environ.get("FLASK_TIMES", "1"))
