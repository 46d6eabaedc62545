"""A table of the package is a dict whose class has its own __iter__, keys and __getitem__: none of them is called, when
it is recorded and in the flip least of all."""

import lib

FRESH = False
BEFORE = list(lib.calls)


def hold():
    lib.T["d"] = 4
    lib.NUMBERS[lib.Number(9)] = 9
    lib.calls.clear()
    return lib.calls, lib.T


def check(held):
    calls, table = held
    assert BEFORE == [] and calls == []
    assert lib.T is table and list(dict.keys(table)) == ["a", "b", "d", "c"]
    assert sorted(number.n for number in dict.keys(lib.NUMBERS)) == [1, 2, 9]
