import os


def start():
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        print("tick")
