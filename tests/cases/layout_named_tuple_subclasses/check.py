"""Subclasses of named tuples, a tuple that was made past its class, and one that is a key equal to a plain tuple."""

import lib


def hold():
    point = lib.Point(1, 2)
    return point, {point: "p", (5, 6): "q"}, tuple.__new__(lib.Point, (7,)), lib.Named(y=1, x=[2])


def check(held):
    point, table, short, named = held
    assert type(point) is lib.Point and point == (1, 2, 0) and point.norm() == 3 and point.z == 0
    assert table[point] == "p" and table[1, 2, 0] == "p" and table[5, 6] == "q" and list(table) == [point, (5, 6)]
    assert len(short) == 1 and short[0] == 7 and type(short) is lib.Point
    assert named == (1, [2], None) and named.x == [2] and named.label() == "named"
