import sys


def name():
    return sys.modules["__main__"].app.name
