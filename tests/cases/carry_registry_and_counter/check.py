"""Row 8 and 9: a registry that the program filled and a counter that went on are state, whatever else the release changed."""

import lib

FRESH = False


def hold():
    lib.add("x")
    return lib.REGISTRY


def check(held):
    assert held is lib.REGISTRY and held == {"x": 1} and lib.COUNT == 1
    lib.add("y")
    assert held == {"x": 1, "y": (2, 2)}
