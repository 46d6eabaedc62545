"""Sentinels held by the application still are the sentinels: as argument, default, key and in the library's table."""

import lib
from lib import MISSING, PLAIN


def mine(x=lib.MISSING, *, y=lib.PLAIN):
    return x is lib.MISSING and y is lib.PLAIN


def hold():
    return {MISSING: "m", PLAIN: "p"}


def check(held):
    assert lib.get() == (True, True, 2) and lib.get(MISSING, PLAIN) == (True, True, 2) and mine()
    assert held[lib.MISSING] == "m" and held[lib.PLAIN] == "p" and repr(MISSING) == "missing 2"
    assert lib.LAZY == [MISSING, PLAIN] and MISSING is lib.MISSING and PLAIN is lib.PLAIN
