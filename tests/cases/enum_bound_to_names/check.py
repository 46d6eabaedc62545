"""A name bound to a member is not that member: constants follow the release, what the program set stays, what it holds is by name."""

import lib
from lib import DEFAULT, STILL, Color
from lib import DEFAULT as RENAMED

FRESH = False


def names():
    return DEFAULT, RENAMED, STILL


def hold():
    lib.current = Color.BLUE
    lib.Config.color = lib.Color.GREEN
    return Color.RED, [lib.DEFAULT]


def check(held):
    assert held[0] is Color.RED and held[1] == [Color.RED] and lib.DEFAULT is Color.GREEN
    assert names() == (Color.GREEN, Color.GREEN, Color.BLUE) and names()[2] is lib.STILL
    assert lib.get() == (Color.BLUE, Color.GREEN) and lib.get()[0] is Color.BLUE
