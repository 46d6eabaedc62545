DEBUG = True
LEVELS = {"a": 1}


def f():
    return (DEBUG, dict(LEVELS), 2)
