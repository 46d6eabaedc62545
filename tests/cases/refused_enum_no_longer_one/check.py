"""An enumeration that becomes a plain class: nothing that its members could become, so refused by its name."""

import lib

EXPECT = "refused:enum-changed"


def hold():
    return lib.E.A


def check(held):
    assert held is lib.E.A and held.value == 1 and list(lib.E) == [held]
