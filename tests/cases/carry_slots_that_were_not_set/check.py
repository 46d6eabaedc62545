"""A slot that only the new version sets; items of a list belong together although their class has got attributes."""

import lib

FRESH = False


def hold():
    lib.ONE.a = 5
    lib.ITEMS[0].n = 8
    return lib.ONE, lib.ITEMS, lib.ITEMS[0], lib.ITEMS[1]


def check(held):
    one, items, first, last = held
    assert one is lib.ONE and one.more() == (5, "set") and not hasattr(one, "c")
    assert items is lib.ITEMS and items[0] is first and items[2] is last
    assert [(item.n, item.added) for item in items] == [(8, None), (3, None), (2, None)]
