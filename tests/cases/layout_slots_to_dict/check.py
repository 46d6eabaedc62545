"""__slots__ go: what was in them is in the __dict__, and new attributes can be set."""

import gc

import lib


def hold():
    return [lib.Point(n, [n]) for n in range(50)], lib.Point(1, 2).total


def check(held):
    points, total = held
    # attributes lie in the objects, as in those that the class makes itself, and are read as fast
    assert not any(type(part) is dict for point in points for part in gc.get_referents(point))
    for n, point in enumerate(points):
        assert type(point) is lib.Point and vars(point) == {"x": n, "y": [n]} and point.total() == 2 * n + 2
        point.extra = n
        assert point.extra == n
    assert total() == 5 and total.__self__.x == 1
