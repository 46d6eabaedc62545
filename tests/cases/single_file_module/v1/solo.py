__version__ = "1"


def f():
    return 1
