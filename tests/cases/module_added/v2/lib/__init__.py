from . import fresh
from .fresh import g


def f():
    return g()
