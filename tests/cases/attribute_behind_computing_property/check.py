"""An attribute becomes a property whose setter computes: old instances answer as the new class would."""

import lib

FRESH = False


class Mine(lib.Plain):
    pass


def hold():
    later = lib.Later()
    later.set([1, 2])
    scaled = lib.Scaled(3)
    scaled.factor = 5
    lib.only.x = " two "
    return lib.Plain(" a "), Mine(7), scaled, lib.Narrow("12"), later, lib.Later(), lib.Stored(4), lib.only


def check(held):
    plain, mine, scaled, narrow, later, never, stored, only = held
    assert (plain.x, plain._n) == ("a", 1) and mine.x == "7"
    assert scaled.x == 15 and narrow.x == 12 and later.x == (1, 2) and stored.x == 4
    assert not hasattr(never, "_x")
    assert only is lib.only and only.x == "two"
