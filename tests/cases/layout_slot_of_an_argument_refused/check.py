"""A slot is added that only an argument can fill, and new code reads it."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.Thing(1)


def check(thing):
    assert thing.n == 1 and type(thing) is lib.Thing and not hasattr(lib.Thing, "unit")
