"""An enumeration whose members change: refused, and nothing was touched."""

import lib

EXPECT = "refused"


def hold():
    return lib.E.A, {lib.E.A: 1}


def check(held):
    assert held[0].value == 1 and held[1][lib.E.A] == 1 and list(lib.E) == [lib.E.A]
