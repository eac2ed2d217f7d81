def create_app(app):
    return app
