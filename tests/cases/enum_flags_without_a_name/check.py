"""Values of flags without a name follow, also where the enumeration does not remember them (CPython 3.11.2)."""

import lib
from lib import Mode

FRESH = False


class H:
    pass


def hold():
    h = H()
    h.x = ~Mode.WRITE
    h.y = (Mode.WRITE | 32, lib.Flag(64) | lib.Flag.A, lib.Flag["B"] | lib.Flag(32), lib.Same(65))
    h.d = {Mode.WRITE | 64: "k"}
    return h, lib.table()


def check(held):
    h, t = held
    assert all(type(x).__module__ == "lib" for x in h.y)
    assert type(h.y[0]) is Mode and h.y[0] == 36 and h.y[0] == Mode.WRITE | 32
    assert type(h.x) is Mode, h.x
    assert type(h.y[1]) is lib.Flag and h.y[1].value == 68, h.y[1]
    assert h.y[2].value == 34, h.y[2].value
    assert type(h.y[3]) is lib.Same
    assert type(t) is Mode and t == 9
    assert h.d[68] == "k" and type(list(h.d)[0]) is Mode
    assert h.x is Mode.READ
