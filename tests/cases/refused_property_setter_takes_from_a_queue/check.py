"""A method named as those of a dict, of what is none: nothing is taken out before the flip."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    return a


def check(held):
    assert held.queue.qsize() == 1
