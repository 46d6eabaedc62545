"""A key whose hash is asked for beforehand has an attribute that is nested deeper than C code can follow: it is not known."""

import lib

EXPECT = "refused:holder"
FRESH = False


def hold():
    chain = ()
    for i in range(300_000):
        chain = (i, chain)
    key = lib.Key("A", chain)
    return {key: 1}, key


def check(held):
    table, key = held
    assert table[key] == 1
