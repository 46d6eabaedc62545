"""A hook that does not set what new code reads: refused for the instance that would be left without it."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.C("known"), lib.C("unknown")


def check(held):
    assert [vars(instance) for instance in held] == [{"host": "known"}, {"host": "unknown"}]
