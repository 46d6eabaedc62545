"""Names of slots need not be ASCII: values stay in them, follow, and are filled in."""

import lib

FRESH = False


def hold():
    thing = lib.Thing()
    thing.größe = 5
    lib.TABLE.x = {"a": 1}
    return thing, lib.TABLE


def check(held):
    thing, table = held
    assert thing.all() == (5, 7) and thing.__dict__ == {}
    assert lib.TABLE is table and (table.größe, table.x, table.日本, table.x2) == (9, {"a": 1}, 2, 2)
