"""Values in slots and in the dict are replaced and removed; the old objects are what they were."""

import lib


def hold():
    clock = lib.Clock(2)
    return clock, clock.more


def check(held):
    clock, more = held
    assert clock.get() == (2000, {"a": 2000}, False)
    assert more in ({"a": 2}, {"a": 2000})
