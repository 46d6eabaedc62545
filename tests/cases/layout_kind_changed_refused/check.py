"""A class becomes a function while instances are alive: they cannot follow, and it is refused by name."""

import lib

EXPECT = "refused:kind-changed"


def hold():
    return lib.Thing(1), lib.Other(2)


def check(held):
    thing, other = held
    assert type(thing) is lib.Thing and thing.n == 1 and other.n == 2 and not hasattr(other, "__dict__")
