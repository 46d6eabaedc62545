"""Attributes of a function are the new version's."""

from lib import f


def hold():
    return f.table


def check(held):
    assert f.mark == "v2" and f.table["f"] is f
