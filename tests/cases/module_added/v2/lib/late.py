from . import f


def h():
    return (f, 2)
