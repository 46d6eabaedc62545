"""Members with a __hash__ in Python, which changes or depends on the class: tables keyed by them are right."""

import lib
from lib import Same, Tag


def hold():
    return {
        "dict": {Tag.A: 1, Tag.B: 2, Same.X: 3},
        "set": {Tag.A, Same.Y},
        "tuple": {(Tag.A, Same.X): 1},
        "frozen": {frozenset([Tag.B]): 1},
        "x": Same.X,
    }


def check(held):
    assert held["dict"] == {Tag.A: 1, Tag.B: 2, Same.X: 3} and held["dict"][Tag.B] == 2 and held["dict"][Same.X] == 3
    assert held["set"] == {Tag.A, Same.Y} and Tag.A in held["set"] and Same.Y in held["set"]
    assert held["tuple"][Tag.A, Same.X] == 1 and held["frozen"][frozenset([Tag.B])] == 1
    assert held["x"] is Same.X and lib.look(held["x"]) == [1] and lib.look(Tag.A) == [2]
