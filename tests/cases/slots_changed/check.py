"""Live instances of a class whose slots change become instances of the new one, with what they had."""

import lib


def hold():
    c = lib.C()
    c.a = 7
    return c, lib.Plain()


def check(held):
    c, plain = held
    assert c.a == 7 and type(c) is lib.C and plain.m() == 2
    c.b = 8
    assert c.b == 8 and not hasattr(c, "__dict__")
