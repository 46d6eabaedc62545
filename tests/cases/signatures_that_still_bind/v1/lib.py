import functools


def f(a):
    return a


def g(a, b):
    return a


def h(a, b=1):
    return a


def decorated(a):
    return a


class C:
    def __init__(self, a):
        self.a = a


def narrowed(a, b=None):
    return a
