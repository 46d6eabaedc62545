"""A defaultdict stays, with what the program put into it; missing entries are made the new version's way."""

import lib


def hold():
    lib.GROUPS["a"]["n"] = 1
    lib.KINDS["a"] = "mine"
    return lib.GROUPS, lib.KINDS


def check(held):
    groups, kinds = held
    assert groups is lib.GROUPS and kinds is lib.KINDS and groups["a"]["n"] == 1 and kinds["a"] == "mine"
    assert groups["b"] == {"v": 2} and kinds["b"] == set()
