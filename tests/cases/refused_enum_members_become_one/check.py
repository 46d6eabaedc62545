"""Two members become one, and the program keeps different things under them."""

from lib import E

EXPECT = "refused:holder"


def hold():
    return {E.A: "a", E.B: "b"}


def check(held):
    assert held == {E.A: "a", E.B: "b"} and len(E) == 2 and E.B.value == 2
