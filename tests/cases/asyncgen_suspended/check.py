"""An asynchronous generator that is suspended, driven again after the upgrade by another loop's machinery."""

import lib

FRESH = False


def advance(source):
    try:
        source.__anext__().send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it awaited something")


def hold():
    source = lib.ticks()
    assert advance(source) == ("tick", 1)
    return source


def check(held):
    assert advance(held) == ("tick", 2)
    assert advance(lib.ticks()) == ("tick", 2)
