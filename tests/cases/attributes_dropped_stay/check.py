"""What the new version does not set any more stays, and so does what a cached_property has computed."""

import lib

FRESH = False


def hold():
    instance = lib.C(1)
    return instance, instance.cached


def check(held):
    instance, cached = held
    assert instance.get() == (1, ["dropped"], ["cached", 1]) and instance.cached is cached
    assert instance.also is None
