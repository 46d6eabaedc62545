"""A property with all three parts, and the property object itself held."""

import lib


def hold():
    return lib.C(), lib.C.x, lib.C.x.fset


def check(held):
    c, prop, setter = held
    assert c.x == 12
    c.x = 5
    assert c._x == 10
    del c.x
    assert c._x == -2
    assert prop is lib.C.x and setter is lib.C.x.fset
    assert prop.fget(c) == 0 and prop.__doc__ == "x of version 2"
