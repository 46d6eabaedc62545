"""A new parameter that the old constructor took among its **options: somebody may have given it."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.C("a", old=True)


def check(held):
    assert vars(held) == {"name": "a", "options": {"old": True}} and type(held) is lib.C
