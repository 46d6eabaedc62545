"""What instances remember, of some that the new version's import makes too: one that the program changed, one that it did not, and its own."""

import lib


def hold():
    lib.FIRST.name = "mine"
    return lib.FIRST, lib.SECOND, lib.Spec({"late": 2})


def check(held):
    first, second, own = held
    assert first.all() == ("mine", 1) and second.all() == ("spec", 1) and own.all() == ("spec", 2)
    assert lib.FIRST is first and lib.SECOND is second
