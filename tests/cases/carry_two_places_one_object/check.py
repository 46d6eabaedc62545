"""What were two objects is one in the new version: of those only one can stay for it, and what the program changed is not lost."""

import lib

FRESH = False


def hold():
    lib.SECOND.n = 5
    lib.LIST.append("mine")
    return lib.FIRST, lib.SECOND, lib.LIST, lib.OTHER


def check(held):
    first, second, some, other = held
    assert first is lib.FIRST and first.n == 0, "nobody changed it: it is the new version's"
    assert second is lib.SECOND is not first and second.twice() == 10, "the program changed it: it stays"
    assert some is other is lib.LIST is lib.OTHER and some == [1, "mine"]
