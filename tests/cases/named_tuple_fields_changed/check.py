"""A named tuple gains a field with a default, and loses and moves others: by name, wherever an instance is held."""

import lib


def hold():
    values = {"a": 1, "b": 2, "c": 3}
    row, old = lib.Row(1, [2]), lib.Other(**{name: values[name] for name in lib.Other._fields})
    return row, {"row": row}, [row, (row,)], row.b, {old: "o"}, old


def check(held):
    row, table, items, b, keyed, other = held
    assert row == (1, b, 0) and row.c == 0 and type(row) is lib.Row and row.b is b
    assert table["row"] is row and items[0] is row and items[1][0] is row
    assert other == (3, 1) and (other.c, other.a) == (3, 1)
    assert list(keyed) == [other] and next(iter(keyed)) is other and keyed[lib.Other(3, 1)] == "o"
    a, b, c = row
    assert c == 0 and row._replace(c=5).c == 5
