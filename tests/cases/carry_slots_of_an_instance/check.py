"""Row 8 for an instance with __slots__."""

import lib

FRESH = False


def hold():
    lib.STATE.count = 5
    lib.STATE.items.append(1)
    return lib.STATE


def check(held):
    assert held is lib.STATE and held.v() == 2
    assert (held.count, held.name, held.items) == (5, "two", [1])
