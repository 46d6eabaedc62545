__version__ = "2"


def f(a, b):
    return a + b


def both():
    return 2
