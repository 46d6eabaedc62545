"""Many keys that get one hash, and two of them become equal: whichever of all is looked at first."""

import lib

EXPECT = "refused:holder"
NAMES = [f"a{n}" for n in range(40)] + ["abc", "ABC"]


def hold():
    return {lib.Key(name): name for name in NAMES}


def check(held):
    assert [held[lib.Key(name)] for name in NAMES] == NAMES
