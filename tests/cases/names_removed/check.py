"""Names, methods and a submodule that the new version does not have are gone, as in a fresh process."""

import sys

import lib
import lib.a

try:
    import lib.dead
except ImportError:
    pass


def hold():
    return lib.a.C()


def check(held):
    assert held.m() == 2 and lib.f() == 2
    assert not hasattr(lib, "gone") and not hasattr(lib.a, "GONE") and not hasattr(lib.a, "Gone")
    assert not hasattr(held, "removed") and not hasattr(held, "old")
    assert "lib.dead" not in sys.modules and not hasattr(lib, "dead")
