"""A mirrored module cannot be made because what it is made of lacks something: that is no word of its loader that there is none."""

import mirrored.stays

EXPECT = "refused:staging-failed"


def hold():
    return mirrored.stays


def check(held):
    assert held.words == ["stays", 1]
