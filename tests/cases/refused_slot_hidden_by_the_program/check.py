"""The program set an attribute of a class that the new version needs as a slot: one of the two would be lost."""

import lib

EXPECT = "refused:layout-changed"
FRESH = False


def hold():
    p = lib.P(1)
    p.tag = "mine"
    lib.P.tag = "class"
    lib.P.z = property(lambda self: 1)
    q = lib.P(2)
    return p, q


def check(held):
    p, q = held
    assert p.x == 1 and p.tag == "mine" and q.tag == "class", p.tag
