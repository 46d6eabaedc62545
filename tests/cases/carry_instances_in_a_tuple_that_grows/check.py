"""Instances in a tuple, of which the new version has another length: what belongs together is one."""

import lib

FRESH = False


def hold():
    lib.hit(1)
    return lib.POOLS[1]


def check(held):
    assert held is lib.POOLS[2] and held.name == "b"
    assert [pool.total() for pool in lib.POOLS] == [0, 0, 1]
