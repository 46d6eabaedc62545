"""Instances of subclasses of list, dict, str, int and tuple, also as keys."""

import lib


def hold():
    return (
        lib.List([1, 2]),
        lib.Dict(a=1),
        lib.Text("x"),
        lib.Number(5),
        {lib.Key((1, 2)): "k", lib.Text("t"): "t", lib.Number(7): 7},
    )


def check(held):
    numbers, table, text, number, keyed = held
    assert numbers.total() == 5 and table.total() == 3 and text.shout() == "X!!" and number.more() == 7
    assert keyed[lib.Key((1, 2))] == "k" and keyed["t"] == "t" and keyed[7] == 7
    assert [type(key) for key in keyed] == [lib.Key, lib.Text, lib.Number]
    assert next(iter(keyed)).first() == (1, 2)
