"""Globals that have another name now go by the functions that use them; where two could be meant, the report says so."""

import lib

FRESH = False
CACHE = getattr(lib, "_cache", None)


def hold():
    lib.put(1, 2)
    lib.timeout = 7
    lib.step()
    lib.split()


def check(_, report):
    assert lib.get(1) == 2 and lib._memo is CACHE and lib.wait() == 7 and lib.step() == ("two", 2)
    assert not hasattr(lib, "timeout") and not hasattr(lib, "n_steps")
    assert lib.split() == (1, 1)
    assert [conflict.symbol for conflict in report.conflicts] == ["both"]
