"""Live instances of a class whose slots change: refused, and nothing was touched."""

import lib

EXPECT = "refused"


def hold():
    c = lib.C()
    c.a = 7
    return c, lib.Plain()


def check(held):
    c, plain = held
    assert c.a == 7 and type(c) is lib.C and not hasattr(lib.C, "b") and plain.m() == 1
