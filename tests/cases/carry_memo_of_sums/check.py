"""A sum of two results is a result, and starts anew with the function that computes it; a count that goes up does not."""

import lib

FRESH = False


def hold():
    assert lib.fib(6) == 8
    lib.count("a")
    return lib.fib


def check(held):
    assert held(6) == lib.fib(6) == 16
    assert lib.count("a") == 2
