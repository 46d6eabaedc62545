"""The new closure needs a cell for which a live one has no value: refused, and the old one goes on."""

import lib

EXPECT = "refused"


def hold():
    return lib.make(3)


def check(held):
    assert held(1) == 4
