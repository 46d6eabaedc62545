"""A setter under a lock of the instance: it could wait there for ever."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    a.lock.acquire()
    return a


def check(held):
    assert held.lock.locked()
