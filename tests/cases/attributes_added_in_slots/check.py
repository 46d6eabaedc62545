"""A slot that was there and empty is filled like any attribute; one that the program has set is left alone."""

import weakref

import lib


def hold():
    first, second, third = lib.C(1), lib.C(2), lib.WithDict(3)
    second.b = ["mine"]
    return first, second, third, weakref.ref(first)


def check(held):
    first, second, third, ref = held
    assert first.all() == [1] and second.all() == ["mine", 2] and third.all() == [3]
    assert vars(third) == {"more": {}} and ref() is first
