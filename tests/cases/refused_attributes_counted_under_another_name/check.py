"""A counter vanishes, one of another name begins with the same constant, and no method says whether they are one: `+=` is a store."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    counter = lib.Counter()
    counter.hit()
    return counter


def check(held):
    assert held.get() == 1 and "hits" in vars(held)
