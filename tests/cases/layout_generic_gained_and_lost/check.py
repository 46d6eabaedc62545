"""typing.Generic keeps nothing in an instance, though C code makes it from CPython 3.12 on: a class may gain or lose it, or change
its __slots__ beside it, while instances are alive."""

import lib

NAMES = ("Gains", "Loses", "Slotted", "GainsWithSlots")


def hold():
    kinds = [getattr(lib, name) for name in NAMES]
    mine = [type("Mine", (kind,), {}) for kind in kinds]
    return kinds, [kind(n) for n, kind in enumerate(kinds)], mine, [kind(n) for n, kind in enumerate(mine)]


def check(held):
    kinds, own, mine, derived = held
    for n, name in enumerate(NAMES):
        kind = getattr(lib, name)
        assert kinds[n] is kind and type(own[n]) is kind and own[n].get() == ("v2", n)
        assert type(derived[n]) is mine[n] and kind in mine[n].__mro__ and derived[n].get() == ("v2", n)
        assert hasattr(kind, "__class_getitem__") is hasattr(mine[n], "__class_getitem__") is (name != "Loses")
    assert own[2].seen == [1] and lib.Gains[int](5).get() == ("v2", 5)
