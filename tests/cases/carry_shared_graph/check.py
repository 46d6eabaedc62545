"""Parts of a graph are shared at each level (pyasn1's codecs are so): it has too many paths to go through all of them."""

import carry_shared_graph as lib


def hold():
    lib.TOP = lib.ladder(12)  # whether that is a conflict is asked of what was there before and what is there now
    return lib.TOP


def check(top):
    assert lib.TOP is top and top.word() == ("v2", "11") and type(top) is lib.Node
