"""What the new version's constructor makes of the new object is brought to the one object that this stands for, and to no other."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    lib.context.digits[0] = 30
    return lib.context, lib.Context()


def check(held):
    context, own = held
    assert context.apply() == ("old", 30) and own.apply() == ("old", 15)
