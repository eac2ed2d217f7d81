"""The entry point for WSGI servers: wsgi_wsgi_2:create_app."""


def create_app():
    from wsgi import app, init_app

    init_app()
    return app
