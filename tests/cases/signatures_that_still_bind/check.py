"""Signatures that changed and take the program's calls: new defaults, catch-alls, wrappers, a class in place of a function, calls
with arguments that nobody can count."""

import lib
from lib import C, f


def use(*args, **kwargs):
    return f(1), lib.g(1, b=2), lib.h(1, b=2), lib.decorated(1), C(1).a, lib.narrowed(1), lib.narrowed(*args, **kwargs)


def hold():
    return use


def check(held):
    assert held(1) == (1,) * 7
