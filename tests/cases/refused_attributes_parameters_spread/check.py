"""A base's new parameter that positional arguments may reach in the new version."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.Sub("a", 1, 2)


def check(held):
    assert vars(held) == {"name": "a", "size": 0, "rest": (1, 2)} and type(held) is lib.Sub
