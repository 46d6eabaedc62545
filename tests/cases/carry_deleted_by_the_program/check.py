"""What the program deleted stays away; what the release adds comes all the same."""

import lib

FRESH = False


def hold():
    del lib.A, lib.C.a, lib.B["x"]
    return lib.B


def check(held):
    assert not hasattr(lib, "A") and not hasattr(lib.C, "a") and lib.C.b == 2
    assert held is lib.B and lib.B == {"y": 2, "z": 3}
