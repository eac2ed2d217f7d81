"""The entry point for WSGI servers: wsgi:create_app."""


def create_app():
    from flask.cli import load_dotenv

    from server import app

    load_dotenv()
    return app
