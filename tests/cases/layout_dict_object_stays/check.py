"""Slots come and go beside a __dict__: the dict that the program holds stays the instance's own."""

import lib


def hold():
    thing = lib.Thing()
    thing.a, thing.b, thing.other = [1], [2], [3]
    return thing, thing.__dict__


def check(held):
    thing, table = held
    assert (thing.a, thing.b, thing.other) == ([1], [2], [3])
    assert thing.__dict__ is table and set(table) == {"a", "other"}
    table["more"] = 4
    assert thing.more == 4
    thing.b = 5
    assert "b" not in table
