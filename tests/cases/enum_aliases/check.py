"""Aliases appear, become the name, and lose it; one that becomes a member of its own leaves the name with the member."""

from lib import Apart, E

FRESH = False


def hold():
    return {
        "a": E.A,
        "b": E.B,
        "old": E["OLD"],
        "dict": {E.A: "a", E["OLD"]: "o"},
        "set": {E.FIRST, E.B},
        "x": Apart.X,
        "y": Apart.Y,
    }


def check(held):
    assert held["a"] is E.A is E.FIRST and held["a"].name == "FIRST"
    assert held["b"] is E.B is E.SECOND
    assert held["old"] is E.OLDER and held["old"].name == "OLDER" and not hasattr(E, "OLD")
    assert held["dict"] == {E.FIRST: "a", E.OLDER: "o"} and held["dict"][E.A] == "a"
    assert held["set"] == {E.FIRST, E.B}
    assert held["x"] is Apart.X and held["y"] is Apart.X and Apart.Y.value == 2
