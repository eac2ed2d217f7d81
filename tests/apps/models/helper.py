"""Imports the script, which is the running program, a second time."""


def model():
    import server

    return server.args.model
