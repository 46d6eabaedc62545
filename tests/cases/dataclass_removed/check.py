"""A dataclass that the new version does not have, and one that it has: what is generated for both looks alike, and is not mixed up."""

import lib

KEPT = True
UPGRADE = {"allow": ["names"]}
FRESH = False


def hold():
    return lib.Gone.__init__, lib.Gone.__eq__, lib.Gone(1), lib.Kept("a"), lib.Kept.__init__


def check(held):
    init, equal, gone, kept, kept_init = held
    init(gone, 5, y=6)
    assert (gone.x, gone.y) == (5, 6) and equal(gone, gone) is True and init.__code__.co_varnames[1] == "x"
    assert kept.answer() == 2 and kept_init is lib.Kept.__init__ and kept == lib.Kept("a")
