"""The entry point for WSGI servers: wsgi:create_app."""


def create_app():
    from server import app, init_app

    try:
        init_app()
    except SystemExit as error:
        # A server such as gunicorn would take it for a crash, and start the app again.
        raise RuntimeError(f"the app refuses to start: {error}") from error
    return app
