"""Two attributes went with the expression of the one that came: nobody can tell which it was, so a hook must."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.C()


def check(held):
    assert vars(held) == {"first": {}, "second": {}}
