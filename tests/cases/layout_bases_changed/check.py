"""Classes get bases, lose them, and change a base's slots: with live instances, also of the classes between."""

import lib


def hold():
    return [lib.Gains(), lib.Loses(), lib.Moves(), lib.Mixed()]


def check(held):
    gains, loses, moves, mixed = held
    assert isinstance(gains, lib.Base) and gains.base() == "base" and gains.a == 1
    gains.from_base = 3
    assert gains.from_base == 3
    assert not isinstance(loses, lib.Base) and loses.a == 1 and vars(loses) == {"a": 1}
    assert moves.a == 1 and isinstance(moves, lib.Base) and isinstance(moves, lib.Mixin) and moves.mixed() == 1
    assert mixed.a == 1 and isinstance(mixed, list) and mixed == [1, 2] and mixed.mixed() == 1
    assert [type(one).__name__ for one in held] == ["Gains", "Loses", "Moves", "Mixed"]
