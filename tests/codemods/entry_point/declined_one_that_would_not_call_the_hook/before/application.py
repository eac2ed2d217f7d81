def make():
    from server import app

    return app
