"""A subclass of int becomes one of float while instances are alive: nobody knows what its value is then."""

import lib

EXPECT = "refused:layout-changed"


def hold():
    return lib.Num(3), lib.Slotted()


def check(held):
    assert held[0] == 3 and isinstance(held[0], int) and type(held[0]) is lib.Num and type(held[1]) is lib.Slotted
