"""A base's new parameter that the new version's subclass puts into its **attrs: the default is not the value."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.Sub("a")


def check(held):
    assert vars(held) == {"name": "a"} and type(held) is lib.Sub
