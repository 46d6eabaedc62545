"""Importing the new version changes something outside that is not known: refused, and nothing was touched."""

import lib

EXPECT = "refused"


def hold():
    import string

    return string


def check(held):
    assert lib.f() == 1 and not hasattr(held, "added_by_lib")
