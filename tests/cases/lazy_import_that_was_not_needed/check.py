"""A package imports lazily in the new version: it is asked only for what no other of its modules says where it is."""

import lib
import lib._core


def hold():
    return lib._core.Thing(), lib._core.Thing, lib.Gone(), lib.Gone


def check(held):
    thing, Thing, gone, Gone = held
    assert "Thing" not in vars(lib) and Thing is lib._core.Thing and Thing.__module__ == "lib._core"
    assert type(thing) is Thing and thing.answer() == gone.answer() == 2 and type(gone) is Gone is lib.Gone
    assert lib.Thing is Thing
