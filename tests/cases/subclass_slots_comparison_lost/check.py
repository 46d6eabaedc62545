"""Equality, order and hash: lost by a base class of the library."""

import operator

import lib


class App(lib.Base):
    pass


class Deeper(App):
    own = True


def raises(kind, call, *args):
    try:
        call(*args)
    except kind:
        return True
    return False


def hold():
    return [App(), Deeper(), lib.Base()]


def check(held):
    held += [App(), Deeper(), lib.Base()]
    for x in held:
        assert x != lib.Base() and x == x and hash(x) == object.__hash__(x) and repr(x) == object.__repr__(x)
        assert raises(TypeError, operator.lt, x, x)
