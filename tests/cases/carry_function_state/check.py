"""State in attributes of functions, in mutable defaults and in cells of closures."""

import lib

FRESH = False


def hold():
    lib.count()
    lib.count()
    lib.step()
    return lib.count, lib.remember("x"), lib.step, lib.step.log


def check(held):
    count, seen, step, log = held
    assert count is lib.count and lib.count() == ("v2", 3) and count.limit == 2
    assert lib.remember("y") is seen and seen == ["x", ("v2", "y")]
    assert step is lib.step and lib.step() == ("v2", 2) and lib.step.log is log and log == [1, 2]
