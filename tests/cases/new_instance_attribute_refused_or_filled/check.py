"""The new version reads an attribute that live instances lack and that only an argument can give: refused."""

import lib

EXPECT = "refused"


def hold():
    return lib.C("h")


def check(held):
    assert held.url() == "h" and type(held) is lib.C and lib.C("x").host == "x"
