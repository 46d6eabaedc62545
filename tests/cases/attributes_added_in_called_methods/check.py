"""Attributes that methods set which the constructor calls."""

import lib


def hold():
    held = [lib.C(1), lib.C(2)]
    held[0].items.append("kept")
    return held


def check(held):
    assert held[0].all() == (1, ["kept"], set(), {}) and held[1].all() == (2, [], set(), {})
    assert held[0].seen is not held[1].seen
