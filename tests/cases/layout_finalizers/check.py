"""No __del__ runs for an instance that gets a new object; later the new one runs, once."""

import gc

import lib


def hold():
    things = [lib.Resource(name) for name in "abcd"]
    things[0].other, things[1].other = things[1], things[0]
    return things


def check(held):
    gc.collect()
    assert lib.Resource.log == [] and "".join(thing.name for thing in held) == "abcd"
    del held[2]
    assert lib.Resource.log == [("c", 2)]
    held.clear()
    gc.collect()
    assert sorted(lib.Resource.log) == [("a", 2), ("b", 2), ("c", 2), ("d", 2)]
