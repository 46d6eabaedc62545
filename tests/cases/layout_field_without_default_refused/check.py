"""A named tuple gains a field that has no default: what would it be?"""

import lib

EXPECT = "refused:layout-changed"


def hold():
    return lib.Row(1, 2)


def check(row):
    assert row == (1, 2) and type(row) is lib.Row and row.a == 1
