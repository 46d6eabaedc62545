"""A setter gives a key another value, and so another hash, which nobody knows beforehand."""

import lib

EXPECT = "refused:holder"


def hold():
    return {lib.Name("A"): 1}


def check(held):
    assert held[lib.Name("A")] == 1
