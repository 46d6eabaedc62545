"""lru_cache, bounded and not, keyed by definitions and by instances; its entries stay and are found."""

import functools

import lib

CALLS = []


@functools.cache
def unbounded(kind, x=0):
    CALLS.append(kind)
    return (kind, x)


@functools.lru_cache(maxsize=4)
def bounded(kind, extra):
    CALLS.append(kind)
    return kind


def hold():
    c = lib.C()
    unbounded(lib.C), unbounded(lib.f, x=lib.C), unbounded(c)
    bounded(lib.C, lib.f), bounded(lib.D, (lib.g,)), bounded(c, 1)
    return c, len(CALLS)


def check(held):
    c, calls = held
    assert unbounded(lib.C) == (lib.C, 0) and unbounded(lib.f, x=lib.C) == (lib.f, lib.C) and unbounded(c)[0] is c
    assert bounded(lib.C, lib.f) is lib.C and bounded(lib.D, (lib.g,)) is lib.D and bounded(c, 1) is c
    assert len(CALLS) == calls, "an entry was lost"
    for i in range(10):
        bounded(i, i)
    assert bounded.cache_info().currsize == 4
