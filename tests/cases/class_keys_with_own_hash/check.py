"""Tables keyed by classes whose metaclass has a __hash__ in Python, and another one in the new version."""

import lib


def hold():
    return {lib.Base: "base", lib.Derived: "derived"}, {lib.Base}, {(lib.Derived, 1): "pair"}, frozenset([lib.Derived])


def check(held):
    table, classes, pairs, frozen = held
    assert table[lib.Base] == "base" and table[lib.Derived] == "derived" and list(table) == [lib.Base, lib.Derived]
    assert lib.Base in classes and pairs[lib.Derived, 1] == "pair" and lib.Derived in frozen
    assert hash(frozen) == hash(frozenset([lib.Derived])) and lib.Derived().answer() == 2
