"""The program gave an instance an attribute, and the new version's instances have no place for it."""

import lib

EXPECT = "refused:layout-changed"


def hold():
    thing = lib.Thing()
    thing.mine = 5
    return thing


def check(thing):
    assert thing.mine == 5 and vars(thing) == {"a": 1, "dropped": 2, "mine": 5}
