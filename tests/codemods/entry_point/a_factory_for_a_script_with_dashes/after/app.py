"""The entry point for WSGI servers: app:createApp."""

import importlib
import threading

_starting = threading.Lock()


def createApp(environ=None, start_response=None):
    # A server that takes createApp for the application itself calls it with a request,
    # perhaps several at once: only the first may start the app up.
    with _starting:
        app = _start()
    return app if start_response is None else app(environ, start_response)


def _start():
    script = importlib.import_module("my-app")
    script.init_app()
    return script.application
