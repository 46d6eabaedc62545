"""What the program gave to a table has perhaps no other holder: one that holds weakly would lose it."""

import lib

EXPECT = "refused:state-changed"


def hold():
    lib.register("a", lib.Plugin())


def check(held):
    assert held is None and lib.names() == ["a"]
