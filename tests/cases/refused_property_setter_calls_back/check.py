"""A setter calls what the instance has: that is not called before the flip."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    a.changed = SEEN.append
    return a


def check(held):
    assert not SEEN
