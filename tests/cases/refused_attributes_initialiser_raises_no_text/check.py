"""What the new initialiser raises has a text that is no UTF-8."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.Thing()


def check(held):
    assert held.read() == 1
