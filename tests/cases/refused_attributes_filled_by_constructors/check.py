"""The new constructor makes a list and goes on to fill it with what it is given. An empty one would say that the table has no rules."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.Table(["a"])


def check(held):
    held.add("b")
    assert held.find("a") and held.find("b") and not held.find("c")
