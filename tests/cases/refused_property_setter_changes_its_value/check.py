"""Nor is one that changes the object that it is given."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.A([])


def check(held):
    assert held.x == []
