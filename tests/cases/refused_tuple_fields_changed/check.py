"""Live instances of a class whose built-in base changes: refused, and nothing was touched."""

import lib

EXPECT = "refused"


def hold():
    return lib.Num(3), lib.Row(1, 2)


def check(held):
    assert held == (3, (1, 2)) and type(held[0]) is lib.Num and held[1].b == 2
