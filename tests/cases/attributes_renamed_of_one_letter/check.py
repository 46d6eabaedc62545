"""`_n` and `n` are the same name, however short: the value that the program set moves."""

import lib

FRESH = False


def hold():
    counter = lib.C()
    counter._n = 8
    return counter


def check(held):
    assert held.n == 8
