"""The attribute that vanished was filled later, and the one that comes begins with the same None: nobody can tell whether what is in it
belongs there. Taken for a rename, a list of another form would be looked up by the new code."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    held = lib.Set("a,b")
    assert held.contains("a")
    return held


def check(held):
    assert held.contains("a") and held.contains("b") and not held.contains("c")
