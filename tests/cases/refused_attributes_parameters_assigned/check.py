"""A new parameter that the constructor assigns to: its default is not what is stored."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.C("a")


def check(held):
    assert vars(held) == {"name": "a"} and type(held) is lib.C
