"""A mirrored module cannot be made because its loader lacks something: that is no word of it that there is none."""

import mirrored.stays

EXPECT = "refused:staging-failed"


def hold():
    return mirrored.stays


def check(held):
    assert held.words == ["stays", 1]
