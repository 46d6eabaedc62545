"""A base's new parameter that the old subclass took out of its **attrs: somebody may have given it."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.Sub("a", old=True)


def check(held):
    assert vars(held) == {"name": "a"} and type(held) is lib.Sub
