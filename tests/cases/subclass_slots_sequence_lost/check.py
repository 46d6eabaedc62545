"""len(), indexing, iteration and "in": lost by a base class of the library."""

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
        for call in (len, iter, list, reversed):
            assert raises(TypeError, call, x), call
        assert raises(TypeError, operator.getitem, x, 0) and raises(TypeError, operator.contains, x, "in")
        assert raises(TypeError, operator.setitem, x, 0, 1) and raises(TypeError, operator.delitem, x, 0)
