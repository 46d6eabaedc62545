"""A suspended generator reads from self what was in a slot and is in the __dict__ now: nothing is gone."""

import lib

FRESH = False


def hold():
    one = lib.C()
    one.x = 5
    suspended = one.each()
    assert next(suspended) == "old"
    return one, suspended


def check(held):
    one, suspended = held
    assert list(suspended) == [5] and one.__dict__ == {"x": 5}
    assert list(one.each()) == ["new", 5]
