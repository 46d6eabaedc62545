"""The application's functions wrapped with functools.wraps: the wrapper has the name of what it wraps, and the code of the library."""

import decorator_that_wraps as lib


@lib.timed
def ten(x):
    return 10 * x


class Mine:
    @lib.timed
    def method(self, x):
        return x

    @lib.cached_method
    def cached(self, x):
        return x


def hold():
    return {"ten": ten, "own": lib.own, "method": Mine().method, "cached": Mine().cached}


def check(held):
    assert ten(2) == (2, 2, 20) and held["ten"] is ten and ten.__name__ == "ten"
    assert lib.own(1) == held["own"](1) == (2, 2, ("own", 2, 1)) and held["own"] is lib.own
    assert held["method"](3) == Mine().method(3) == (2, 2, 3)
    assert held["cached"](4) == Mine().cached(4) == (2, 4)
    assert ten.__wrapped__(2) == 20
