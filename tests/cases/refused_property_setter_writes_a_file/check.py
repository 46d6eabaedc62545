"""A method of a class that is used for names only, mostly."""

import lib

EXPECT = "refused:attributes-added"
SEEN = []


def hold():
    a = lib.A("written")
    return a


def check(held):
    import os

    assert not os.path.exists("written")
