"""State that the program changed and the new version does not have: refused, and nothing was touched."""

import lib

EXPECT = "refused"


def hold():
    lib.add("x")
    return lib.REGISTRY


def check(held):
    assert held is lib.REGISTRY and held == {"x": 1} and lib.COUNT == 1
