"""A method puts what it is given into an attribute that is new, and put it into one that the release drops. Where nothing is there,
nothing is lost."""

import lib


def hold():
    return lib.Table("t")


def check(held):
    held.add("b")
    assert held.find("b") and not held.find("a") and list(held._rules) == ["b"]
