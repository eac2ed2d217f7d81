"""The entry point for WSGI servers: wsgi:create_app."""

import os
import shlex


def create_app():
    from server import app, init_app

    app.config["ARGS"] = shlex.split(os.environ.get("FLASK_ARGS", ""))
    try:
        init_app()
    except SystemExit as error:
        # A server such as gunicorn would take it for a crash, and start the app again.
        given = os.environ.get("FLASK_ARGS", "")
        message = f"FLASK_ARGS={given!r}: the app refuses to start ({error})"
        raise RuntimeError(message) from error
    return app
