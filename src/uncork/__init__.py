"""uncork: from ``python server.py --opt`` to production in one command, and back."""

__version__ = "0.1.0"
