"""A registry filled by decorators, the package's and the program's: the program's entries stay, a dropped one goes."""

import lib


@lib.hook
def mine():
    return "mine"


def hold():
    return lib.HOOKS, lib.LIST


def check(held):
    assert held[0] is lib.HOOKS and held[1] is lib.LIST
    assert lib.run() == {"a": 2, "c": 2, "mine": "mine"}
    assert set(lib.LIST) == {lib.a, lib.c, mine} and len(lib.LIST) == 3
    assert lib.HOOKS["mine"] is mine and lib.HOOKS["a"] is lib.a
