"""A class of the application derives from one with a hook; a class may refine the hook of its base."""

import lib

FRESH = False
UPGRADE = {"allow": "signatures"}


class Mine(lib.Base):
    def __init__(self, n):
        super().__init__(n)
        self.own = n


def hold():
    return lib.Base(1), Mine(2)


def check(held):
    base, mine = held
    assert base.get() == (1, ("root", 1, ["n"])) and type(base) is lib.Base
    assert mine.get() == (2, ("root", 2, ["n", "own"])) and mine.own == 2 and type(mine) is Mine
