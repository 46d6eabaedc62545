"""State that the program changed, to what the new version starts with, is no obstacle."""

import lib


def hold():
    lib.DEBUG = True
    lib.LEVELS["a"] = 1
    return lib.LEVELS


def check(held):
    assert lib.f() == (True, {"a": 1}, 2)
