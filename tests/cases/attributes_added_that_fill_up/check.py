"""A cache and a log that are new begin empty: what is put there is computed, or was put nowhere before."""

import lib

FRESH = False


def hold():
    table = lib.Table(["a"])
    assert table.find("a")
    return table


def check(held):
    held.add("b")
    assert held.find("a") and held.find("b") and held.find("a") and not held.find("c")
    assert held.found == {"a": True, "b": True, "c": False} and held.asked == ["a", "b", "c"]
