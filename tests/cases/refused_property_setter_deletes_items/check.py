"""A setter takes an item out of a container of the instance."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    return a


def check(held):
    assert held.table == {"x": 1}
