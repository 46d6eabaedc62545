"""Memos in the cells of closures: each belongs to its own function. What cached_property left in a module's instance."""

import lib


def hold():
    lib.changed(1)
    lib.ONE.square
    lib.ONE.mine = 1
    return lib.same(1)


def check(held):
    assert lib.changed(1) == [1, 2] and lib.same(1) is held
    assert lib.ONE.square == 10 and lib.ONE.mine == 1
