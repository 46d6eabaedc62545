DEBUG = False
LEVELS = {}


def f():
    return (DEBUG, dict(LEVELS), 1)
