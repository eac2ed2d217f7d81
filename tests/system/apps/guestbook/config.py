import os

# how everyone is greeted
GREETING = os.environ.get("FLASK_GREETING", "Hello")
# how many are shown
LIMIT = int(os.environ.get("FLASK_LIMIT", "10"))
# in capitals
SHOUT = os.environ.get("FLASK_SHOUT", "0").lower() in {"1", "true", "yes", "on"}
