"""Live exceptions whose class becomes a group or a StopIteration: CPython reads words of those that are never empty, and
there is nothing to put in."""

import lib

EXPECT = "refused:layout-changed"


def hold():
    return lib.Many("x", [ValueError()]), lib.Stop(1)


def check(held):
    many, stop = held
    assert type(many) is lib.Many and str(many) == "('x', [ValueError()])"
    assert type(stop) is lib.Stop and stop.args == (1,)
