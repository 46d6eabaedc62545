"""The new setter does not take the value that an instance has."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.A("many")


def check(held):
    assert held.x == "many"
