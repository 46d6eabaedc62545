"""Suspended generators of the library go on: their own instructions are the old ones, all they reach is new."""

import lib

FRESH = False


def hold():
    c = lib.C()
    started = [lib.steps(), c.each(), lib.changed_steps(3), lib.managed()]
    for generator in started[:3]:
        next(generator)
    return [*started, started[3].__enter__()]


def check(held):
    same, method, changed, manager, entered = held
    assert next(same) == (0, 2) and next(method) == 2
    assert next(changed) == (1, 10), "the old instructions pass 1 to the new helper"
    assert list(changed) == [(2, 10)]
    assert entered == ("in", 1) and not manager.__exit__(None, None, None)
    assert next(lib.changed_steps(1)) == (0, 20)
