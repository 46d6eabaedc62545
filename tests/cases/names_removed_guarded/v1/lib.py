__version__ = "1"


def gone():
    return 1


def f(a):
    return a


def both():
    return 1
