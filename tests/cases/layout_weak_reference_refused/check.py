"""There is a weak reference to an instance, and the new version's instances cannot be referred to so."""

import weakref

import lib

EXPECT = "refused:layout-changed"


def hold():
    thing = lib.Thing()
    return thing, weakref.ref(thing)


def check(held):
    thing, ref = held
    assert ref() is thing and thing.a == 1
