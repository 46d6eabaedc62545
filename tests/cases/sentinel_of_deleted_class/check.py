"""A sentinel whose class has no name any more, nor has its metaclass: it is one object before and after, of the new class."""

import lib


def hold():
    return lib.NOTHING, [type(lib.NOTHING)], {lib.NOTHING: 1}


def check(held):
    nothing, classes, table = held
    assert nothing is lib.NOTHING and lib.is_nothing(nothing) and table[lib.NOTHING] == 1
    assert repr(nothing) == "nothing of two" and classes == [type(lib.NOTHING)]
