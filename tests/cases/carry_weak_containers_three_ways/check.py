"""Weak containers: entries that the release changed, added or dropped, and those of the program."""

import lib

FRESH = False


def hold():
    n = lib.N()
    lib.labels[n] = "mine"
    lib.limits[lib.N] = 9
    lib.by_name["n"] = n
    lib.members.add(n)
    return n


def check(held):
    assert dict(lib.labels) == {lib.N: "two", held: "mine"}
    assert dict(lib.limits) == {lib.N: 9, lib.O: 2}
    assert dict(lib.by_name) == {"a": lib.O, "c": lib.N, "d": lib.N, "n": held}
    assert set(lib.members) == {lib.O, held}
