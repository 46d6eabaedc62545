"""The library's own caches start anew: what they held was computed by the old code."""

import lib
from lib import changed


def hold():
    c = lib.C()
    changed(1), c.method(1)
    return c, c.method, changed.cache_info


def check(held):
    c, method, info = held
    assert changed(1) == 3 and c.method(1) == 3 and method(1) == 3
    assert changed.cache_info().maxsize == 16 and info().maxsize == 16
