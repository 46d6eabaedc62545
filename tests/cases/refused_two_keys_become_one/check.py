"""Two definitions that are keys of one dictionary become one: refused, and nothing was touched."""

import lib

EXPECT = "refused"


def hold():
    return {lib.f: "f", lib.g: "g"}


def check(held):
    assert held == {lib.f: "f", lib.g: "g"} and len(held) == 2
