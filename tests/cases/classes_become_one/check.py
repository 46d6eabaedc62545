"""Two classes are one in the new version: the attributes of both kinds of instances are theirs, in whatever order the old
classes had them."""

import lib

FRESH = False


def slotted(cls, x, y):
    made = cls()
    made.x, made.y = x, y
    return made


def hold():
    many = [lib.A() for _ in range(30)] + [lib.B() for _ in range(30)]
    many[3].extra = many[40].extra = "mine"
    return many, slotted(lib.C, 1, 2), slotted(lib.D, 3, 4)


def check(held):
    many, c, d = held
    assert lib.A is lib.B and {type(one) for one in many} == {lib.A}
    assert [one.all() for one in many] == [(1, 2, 3, [])] * 30 + [(10, 20, 30, [])] * 30
    assert len({id(one.more) for one in many}) == 60 and many[3].extra == many[40].extra == "mine"
    assert (c.x, c.y, d.x, d.y) == (1, 2, 3, 4) and type(c) is type(d) is lib.C
    del many[::2]
    fresh = lib.A()
    fresh.extra = 1
    assert fresh.all() == (1, 2, 3, []) and not hasattr(c, "z")
