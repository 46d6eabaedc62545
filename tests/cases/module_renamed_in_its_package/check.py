"""A module moved, and the package that it was in has the new one under its name: what was defined in it moved with it."""

import lib.old.x
from lib.old.x import K, f

FRESH = False


def hold():
    return K(), [f], lib.old.x


def check(held):
    import lib.new.x

    one, functions, module = held
    assert one.m() == functions[0]() == f() == 2
    assert module is lib.new.x and K is lib.new.x.K and type(one) is K
