"""Two closures over one cell keep sharing it, and its value."""

import lib


def hold():
    step, peek = lib.make(100)
    return step, peek, step()


def check(held):
    step, peek, before = held
    assert step() == before + 2
    assert peek() == ("v2", before + 2)
    assert step.__globals__ is lib.__dict__
    assert step.__closure__[0] is peek.__closure__[0]
