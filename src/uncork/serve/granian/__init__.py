"""granian in place of uncork's own server: ``--server granian``."""
