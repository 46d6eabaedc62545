"""The new version says what is to be done with a name; the program's word goes before."""

import lib

UPGRADE = {"state": {"lib.OTHER": "keep"}}
FRESH = False


def hold():
    lib.put("x")
    return lib.CACHE, lib.OTHER


def check(held):
    assert held[0] is lib.CACHE and held[0] == {}
    assert held[1] is lib.OTHER and held[1] == {"x": 1}
