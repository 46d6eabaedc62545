"""An object of the package that the program changed stays, and gets what the new version's constructor made of the new one in its
place: also what it made of itself, which from then on is about the old one."""

import attributes_brought_by_the_new_object as lib


def hold():
    lib.context.digits[0] = 30
    return lib.context, lib.other


def check(held):
    context, other = held
    assert context is lib.context and other is lib.other
    assert context.apply() == ("old", 30, "more", True) and other.apply() == ("old", 15, "more", True)
    assert context.rule.context is context and lib.Context().apply()[1] == 15
