"""A method that the new constructor calls sets from its argument what other code reads: the hook is asked for."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.C(1)


def check(held):
    assert vars(held) == {"n": 1} and held.get() == 1
