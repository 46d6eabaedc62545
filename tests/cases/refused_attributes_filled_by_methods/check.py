"""A method puts what it is given into an attribute that is new, and put it into one that the release drops: there lies the state."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    table = lib.Table("t")
    table.add("a")
    return table


def check(held):
    held.add("b")
    assert held.find("a") and held.find("b") and not held.find("c")
