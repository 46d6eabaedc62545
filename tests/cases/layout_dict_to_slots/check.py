"""A class gains __slots__: attributes go into them, also from a __dict__ that somebody asked for."""

import lib


def hold():
    plain, asked, late = lib.Point(1, [2]), lib.Point(3, [4]), lib.Point(5, [6])
    table = getattr(asked, "__dict__", None)
    late.y.append(7)
    return plain, asked, late, table, [plain.y, asked.y, late.y]


def check(held):
    plain, asked, late, table, values = held
    for point, x, y in zip((plain, asked, late), (1, 3, 5), values, strict=True):
        assert type(point) is lib.Point and point.x == x and point.y is y and not hasattr(point, "__dict__")
        point.x = 9
        assert point.x == 9 and point.total() == 9 + sum(y) + 2
    assert table is None or table == {"x": 3, "y": [4]}
