"""Classes are in another module in the new version, and nothing at the old place says so: known by name and by what is in them."""

import sys

import lib

KEPT = True  # Token: the new version has only something else of that name


def hold():
    lock = lib.Lock()
    lock.acquire()
    home = sys.modules[type(lock.context).__module__]
    rest = lock.context.mark(), home.Mode.ALONE, home.Place("a", 1)
    return lock, home.Failure, type(lock.token), rest


def check(held):
    lock, Failure, Token, rest = held
    assert lock.acquire() == 2 and lock.context.count == 2
    assert type(lock.context) is sys.modules["lib._core.state"].Context
    try:
        lib.start()
    except Failure as failure:
        assert str(failure) == "v2" and type(failure) is Failure
    assert type(lock.token) is Token and (hasattr(Token, "left") or Token.__module__ == "lib._core.state")
    state = sys.modules["lib._core.state"]
    mark, mode, place = rest  # Mark is empty: Context uses it
    assert type(mark) is state.Mark and mode is state.Mode.ALONE and type(place) is state.Place and place.line == 1
