"""A setter that is seen outside of the instance is not called before the flip: a hook must say."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.A(3)


def check(held):
    assert held.x == 3
