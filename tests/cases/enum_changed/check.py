"""A value changes and a member appears: who holds the member holds the new one."""

import lib


def hold():
    return lib.E.A, {lib.E.A: 1}


def check(held):
    assert held[0] is lib.E.A and held[0].value == 10 and lib.E(10) is held[0]
    assert held[1] == {lib.E.A: 1} and held[1][held[0]] == 1
    assert list(lib.E) == [lib.E.A, lib.E.B] and isinstance(held[0], lib.E)
