"""Where one of two is changed, it may be the one that others have."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    return a


def check(held):
    assert held.seen == []
