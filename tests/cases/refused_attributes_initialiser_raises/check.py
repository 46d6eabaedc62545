"""The expression raises for the live instance as it would for a new one: refused, and nothing is half filled."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.C()


def check(held):
    assert vars(held) == {"n": 1}
