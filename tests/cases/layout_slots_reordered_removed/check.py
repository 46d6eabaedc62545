"""Slots change places, one goes, one stays unset, a private one and one of a base among them."""

import lib


def hold():
    thing = lib.Thing()
    thing.a, thing.c, thing.base = "a", "c", "base"
    thing.hide("hidden")
    return thing


def check(thing):
    assert (thing.a, thing.c, thing.base, thing.hidden()) == ("a", "c", "base", "hidden")
    assert not hasattr(thing, "b") and not hasattr(thing, "unset")
    thing.unset, thing.base2 = 1, 2
    assert (thing.unset, thing.base2, thing.a) == (1, 2, "a")
