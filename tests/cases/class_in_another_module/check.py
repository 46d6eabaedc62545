"""Classes are in another module in the new version, and nothing at the old place says so: known by name and by what is in them."""

import sys

import lib

KEPT = True  # Token: the new version has only something else of that name


def hold():
    lock = lib.Lock()
    lock.acquire()
    return lock, sys.modules[type(lock.context).__module__].Failure, type(lock.token)


def check(held):
    lock, Failure, Token = held
    assert lock.acquire() == 2 and lock.context.count == 2
    assert type(lock.context) is sys.modules["lib._core.state"].Context
    try:
        lib.start()
    except Failure as failure:
        assert str(failure) == "v2" and type(failure) is Failure
    assert type(lock.token) is Token and (hasattr(Token, "left") or Token.__module__ == "lib._core.state")
