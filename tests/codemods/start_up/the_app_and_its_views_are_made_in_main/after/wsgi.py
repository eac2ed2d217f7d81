"""The entry point for WSGI servers: wsgi:create_app."""


def create_app():
    from server import make_app

    return make_app()
