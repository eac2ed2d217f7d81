"""The entry point for WSGI servers: wsgi:create_app."""


def create_app():
    from server import app, init_app

    init_app()
    return app
