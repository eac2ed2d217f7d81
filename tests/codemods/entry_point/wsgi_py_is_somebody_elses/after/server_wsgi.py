"""The entry point for WSGI servers: server_wsgi:create_app."""


def create_app():
    from server import app

    return app
