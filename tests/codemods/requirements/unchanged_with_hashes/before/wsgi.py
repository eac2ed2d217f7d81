def create_app():
    from server import app

    return app
