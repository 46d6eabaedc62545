"""A setter calls the items of a list, of which nothing is known."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    a.observers.append(SEEN.append)
    return a


def check(held):
    assert not SEEN
