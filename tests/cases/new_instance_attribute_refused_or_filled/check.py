"""The new version reads an attribute that live instances lack; the default of the new parameter gives it."""

import lib


def hold():
    return lib.C("h")


def check(held):
    assert held.url() == "h:80" and type(held) is lib.C and lib.C("x").host == "x"
