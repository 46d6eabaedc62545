"""A base's new parameter that the new version's subclass gives itself: its default is not what instances would have."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.Sub("NAME")


def check(held):
    assert vars(held) == {"name": "NAME"} and type(held) is lib.Sub
