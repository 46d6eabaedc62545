"""The enumeration is the same in both versions, and a name is bound to another member of it."""

import lib
from lib import DEFAULT, Color

FRESH = False


def bound():
    return DEFAULT


def hold():
    return Color.RED, id(Color.RED), {lib.DEFAULT: 1}


def check(held):
    assert held[0] is Color.RED and bound() is lib.DEFAULT is Color.GREEN and held[2] == {Color.RED: 1}
    assert lib.name() == "two" and type(held[0]) is Color
