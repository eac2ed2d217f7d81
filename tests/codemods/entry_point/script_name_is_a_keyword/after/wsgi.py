"""The entry point for WSGI servers: wsgi:create_app."""

import importlib


def create_app():
    script = importlib.import_module("async")
    return script.app
