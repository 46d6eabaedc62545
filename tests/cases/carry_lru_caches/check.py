"""Row 1: an lru_cache is code, with what it remembers: the new one starts empty. So is what a cached property put there."""

import lib


def hold():
    return lib.same(1), lib.changed(1), lib.ONE.slow, lib.ONE


def check(held):
    assert lib.changed(1) == 3 and lib.same(1) is lib.same(1)
    assert held[3] is lib.ONE
