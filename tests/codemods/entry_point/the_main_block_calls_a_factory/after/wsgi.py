"""The entry point for WSGI servers: wsgi:create_app."""

import functools


def create_app():
    return _make_app()


@functools.cache
def _make_app():
    from server import make

    return make()
