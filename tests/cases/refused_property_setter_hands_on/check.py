"""A function of a module that has no effects, but on what is handed to it."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    return a


def check(held):
    assert held.table == {}
