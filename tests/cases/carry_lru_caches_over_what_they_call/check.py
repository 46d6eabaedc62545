"""What a function remembers of others it calls is as old as they are: behind a cache, a decorator, a partial, in a cell, a default, or
read through a module."""

import lib

NAMES = ("over_cache", "over_decorated", "over_partial", "over_cell", "over_class", "over_module", "with_default")


def hold():
    for name in NAMES:
        getattr(lib, name)(1)
    return lib.steady(1), lib.over_lock(1)


def check(held):
    assert [getattr(lib, name)(1) for name in NAMES] == [2] * 7
    assert lib.steady.cache_info().currsize == lib.over_lock.cache_info().currsize == 1
