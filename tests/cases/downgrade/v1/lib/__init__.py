__version__ = "2.0"


def f():
    return "new"


def only_new():
    return 1
