import functools


@functools.cache
def make_app():
    """Make the app and what it needs, once in each process."""
    from shop import app, prices

    prices.append(3)

    return app


if __name__ == "__main__":
    app = make_app()
    app.run()
