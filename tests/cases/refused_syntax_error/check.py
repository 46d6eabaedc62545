"""The new version ends its import with 'def (:': refused, and nothing was touched."""

import lib

EXPECT = "refused"


def hold():
    return lib.Plain(), lib.b


def check(held):
    assert held[0].m() == 1 and held[1] is lib.b and held[1].X == 1
