"""Globals whose functions live in another module now: what the program made of them goes where those look for it."""

import lib.a
import lib.b

FRESH = False
NAMES = getattr(lib.a, "names", None)


def hold():
    lib.a.step()
    lib.a.debug()
    lib.a.put(1, 2)
    lib.a.TIMEOUT = 9
    lib.a.LEVEL = 3


def check(_, report):
    import lib._impl

    assert lib.a.step() == ("two", 2) and lib.b.count == 2
    assert lib.a.is_debug() and lib.a.timeout() == 9 and lib.a.level() == lib.a.LEVEL == 3
    assert lib.a.get(1) == 2 and lib._impl.names is NAMES
    assert not report.conflicts and any("count" in note for note in report.notes)
