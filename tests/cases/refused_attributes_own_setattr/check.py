"""A class that sets attributes by code of its own: where the value belongs only a hook can say."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.C()


def check(held):
    assert vars(held) == {"data": {}}
