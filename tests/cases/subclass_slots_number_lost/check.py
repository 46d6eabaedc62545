"""Arithmetic, in place and reflected: lost by a base class of the library."""

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
        for call in (operator.add, operator.mul, operator.matmul, operator.iadd):
            assert raises(TypeError, call, x, 1) and raises(TypeError, call, 1, x), call
        assert raises(TypeError, operator.neg, x) and raises(TypeError, operator.index, x)
