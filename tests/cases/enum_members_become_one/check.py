"""Two members become one: where nobody keeps different things under them, both are it."""

import weakref

from lib import E


def hold():
    return [E.A, E.B], {E.A, E.B}, {E.A: 1, E.B: 1}, weakref.ref(E.A), weakref.ref(E.B)


def check(held):
    assert held[0][0] is held[0][1] is E.A is E.B and held[1] == {E.A} and held[2] == {E.A: 1}
    assert len(held[1]) == len(held[2]) == 1 and held[3]() is held[4]() is E.A
