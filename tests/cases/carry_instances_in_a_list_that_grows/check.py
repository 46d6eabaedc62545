"""Instances in a list that the release extends belong to those that started alike."""

import lib

FRESH = False


def hold():
    lib.POOLS[0].hits = 7
    lib.POOLS.append(lib.Pool("mine"))
    return lib.POOLS, lib.POOLS[0]


def check(held):
    pools, first = held
    assert pools is lib.POOLS and pools[1] is first
    assert [(p.name, p.hits, p.v()) for p in pools] == [("new", 0, 2), ("a", 7, 2), ("b", 0, 2), ("mine", 0, 2)]
