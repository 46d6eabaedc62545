"""docs/hooks.md, the second example, the other way round."""

import lib

FRESH = False


def hold():
    pass


def check(held):
    assert lib.ENTRIES == {"start": 1.0} and not hasattr(lib, "MILLISECONDS")
