__version__ = "2"


def f():
    return 2
