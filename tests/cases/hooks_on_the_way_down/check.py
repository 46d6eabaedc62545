"""A downgrade: the version that is left knows the way back."""

import lib

FRESH = False
UPGRADE = {"allow": "signatures"}


def hold():
    return lib.C(1, 2)


def check(held):
    assert held.get() == (1, 2) and lib.NOTES == [("2.10", "2.9")]
