"""What the application put in place of the library's functions and methods stays, and the new code calls it."""

import lib

ORIGINAL = lib.C.m


def patched(self):
    return ("patched", ORIGINAL(self))


def hold():
    lib.f = lambda: "patched f"
    lib.C.m = patched
    return lib.C()


def check(held):
    assert lib.g() == ("g2", "patched f", ("patched", 2), 1)
    assert held.other() == ("other2", ("patched", 2)) and lib.C.m is patched
