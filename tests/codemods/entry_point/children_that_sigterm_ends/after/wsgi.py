"""The entry point for WSGI servers: wsgi:create_app."""

import os
import signal


def create_app():
    if hasattr(os, "register_at_fork"):
        # Else a child would have the server's handler of SIGTERM, and outlive terminate().
        os.register_at_fork(
            after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL)
        )

    from server import app, init_app

    init_app()
    return app
