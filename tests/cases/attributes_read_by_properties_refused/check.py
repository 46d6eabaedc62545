"""Only a property of the new version, or a method of a class in a class, reads what instances lack: refused as if a method did."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.C(3), lib.C.Inner(4)


def check(held):
    assert held[0].size == 3 and held[1].size == 4
