def create_app():
    from server import app, start

    start()
    return app
