"""Instances with the same slots, and the member descriptor held."""

import lib


def hold():
    return [lib.Point(i, i) for i in range(5)], lib.Point.x


def check(held):
    points, member = held
    assert [p.total() for p in points] == [2, 4, 6, 8, 10]
    assert all(type(p) is lib.Point for p in points)
    assert member is lib.Point.x and member.__get__(points[3]) == 3
