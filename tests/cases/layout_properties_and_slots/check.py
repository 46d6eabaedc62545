"""A slot becomes a property over another one, an attribute that a property hides, and a cached_property loses its cache place."""

import lib


def hold():
    thing = lib.Thing()
    return thing, thing.computed


def check(held):
    thing, computed = held
    assert thing.size == 5 and thing._size == 5 and computed == thing.computed == 10
    thing.size = 6
    assert thing._size == 6
