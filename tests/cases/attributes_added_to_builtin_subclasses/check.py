"""Subclasses of built-in classes keep their attributes in a dict of the old kind."""

import lib


def hold():
    return lib.Error("e"), lib.Table("t"), lib.Number(5)


def check(held):
    error, table, number = held
    assert str(error) == "e (7)" and error.args == ("e",)
    assert table.put("k") == ["k"] and table == {"k": 1} and table.name == "t"
    assert number.get() == (5, True)
