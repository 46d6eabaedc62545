"""The value that a setter would go through can be gone through once."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(iter([1, 2]))
    return a


def check(held):
    assert list(held.x) == [1, 2]
