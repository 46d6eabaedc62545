"""A member's new value is another key's, inside tuples too: entries that agree become one. Built-in methods stay what they are."""

from lib import Code, Text

FRESH = False


def hold():
    return {(Code.A, "t"): 1, (5, "t"): 1}, {(Code.A,), (5,)}, {Code.A: "a", Text.X: "x"}


def check(held):
    assert held[0] == {(5, "t"): 1} and len(held[0]) == 1 and held[0][Code.A, "t"] == 1
    assert len(held[1]) == 1 and (Code.A,) in held[1]
    assert held[2] == {5: "a", 7: "x"} and "x" not in held[2]
    assert str.__str__("s") == "s" and int.__repr__(5) == "5" and str.__repr__("s") == "'s'"
