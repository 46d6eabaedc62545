"""The application's functions wrapped by a decorator of the library: the wrapper changes, what it wraps stays."""

import lib


@lib.scale(10)
def ten(x):
    return x


def hold():
    return {"ten": ten, "also": lib.scale(3)(abs)}


def check(held):
    assert ten(2) == (2, 20)
    assert held["ten"] is ten
    assert held["also"](-2) == (2, 6)
