"""New parameters with a default: nobody can have passed them, so expressions over them are known; `if` and `else` too."""

import lib


def hold():
    return lib.C(7)


def check(held):
    assert held.all() == (7, 30, [10, 20], 3, "none")
    assert held.limits is lib.LIMITS
    assert lib.C(1, 5).all() == (1, 5, [10, 20], 3, 10)
