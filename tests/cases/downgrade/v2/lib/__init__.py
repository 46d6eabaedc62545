__version__ = "1.9"


def f():
    return "old"
