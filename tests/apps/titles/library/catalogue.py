"""Another module that looks at the command line."""

import sys


def names():
    """The words of the command line that are no options."""
    return [word for word in sys.argv[1:] if word.endswith(".txt")]
