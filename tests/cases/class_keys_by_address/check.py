"""Classes of the program, keys of tables, have a metaclass of the package whose __hash__ in Python gives their address."""

import lib


class Sub(lib.Base):
    pass


class Own(metaclass=lib.Meta):
    pass


def hold():
    return {Sub: "sub", (Sub, Own): "pair", Own: "own"}, {lib.Base}, frozenset([Sub])


def check(held):
    table, classes, frozen = held
    assert table[Sub] == "sub" and table[Sub, Own] == "pair" and table[Own] == "own" and lib.Base in classes
    assert Sub in frozen and Sub().answer() == 2 and type(Sub) is type(Own) is lib.Meta
