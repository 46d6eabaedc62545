"""Functions of two modules that call each other."""

from lib.a import even


def hold():
    return even


def check(held):
    assert held(4) == "even" and held(3) == "odd"
