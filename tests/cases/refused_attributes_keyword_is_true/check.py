"""A new attribute depends on a keyword that an instance was given: what is done then may not be done before the upgrade."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.Argument("a"), lib.Argument("b", deprecated="since 2")


def check(held):
    assert [argument.deprecated for argument in held] == [False, "since 2"]
