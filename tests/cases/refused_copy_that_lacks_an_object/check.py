"""A copy lacks an entry that is no plain value: nobody knows whose list it would be."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.App()


def check(held):
    assert "LOCKS" not in held.config
