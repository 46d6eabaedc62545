"""A method that is fetched by its name in a string."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    return a


def check(held):
    assert held.seen == []
