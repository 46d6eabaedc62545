"""An __upgrade__ puts other things where an instance had functions and classes of the package: in a __dict__, in values
of its own, in slots, and in the object that takes its place."""

import lib

FRESH = False


def hold():
    shown = lib.Thing()
    assert shown.__dict__
    return lib.Thing(), shown, lib.Slotted(), lib.Grown()


def check(held):
    *things, slotted, grown = held
    for thing in things:
        assert thing.f == 5 and thing.c == {lib.helper: 1} and not hasattr(thing, "o"), thing.__dict__
    assert slotted.f == 5 and slotted.c == [lib.Other]
    assert grown.f == 5 and grown.c == [lib.Other] and grown.more is lib.Other
