"""The old version set an attribute, the new one has no place for it: it goes with the version."""

import lib


def hold():
    return lib.Thing()


def check(thing):
    assert thing.a == [1] and not hasattr(thing, "dropped") and not hasattr(thing, "__dict__")
