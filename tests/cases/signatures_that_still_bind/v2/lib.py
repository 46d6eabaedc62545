import functools


def f(a, b=2, *, c=3):
    return a


def g(*args, **kwargs):
    return args[0]


class h:
    def __new__(cls, a, b, c=None):
        return a


def wrap(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


@wrap
def decorated(a, b=None):
    return a


class C:
    def __init__(self, a, b=0):
        self.a = a


def narrowed(a):
    return a
