"""One class could be filled, another one needs an argument: refused, and no instance has changed."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.C(), lib.Other(1)


def check(held):
    assert vars(held[0]) == {"n": 1} and vars(held[1]) == {"n": 1}
