"""docs/hooks.md, the second example: a table of the module has other contents under another name."""

import lib

FRESH = False


def hold():
    pass


def check(held):
    assert lib.MILLISECONDS == {"start": 1000} and not hasattr(lib, "ENTRIES")
