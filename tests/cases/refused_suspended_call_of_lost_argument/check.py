"""A suspended generator would call a method with an argument that the new one has not, and takes for a keyword like any other."""

import lib

EXPECT = "refused:frame"


def hold():
    days = lib.Day.range(1)
    return days, next(days)


def check(held):
    days, first = held
    assert next(days).number == first.number + 1
