"""A setter changes what lies in a container of the instance, which its stand-in has, too."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A(3)
    return a


def check(held):
    assert held.tables == [{}]
