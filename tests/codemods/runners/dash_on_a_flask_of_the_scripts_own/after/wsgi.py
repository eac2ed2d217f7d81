"""The entry point for WSGI servers: wsgi:create_app."""


def create_app():
    from server import dashboard

    return dashboard.server
