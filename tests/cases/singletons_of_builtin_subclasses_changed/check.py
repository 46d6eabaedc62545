"""Attributes that the program set on such an object stay; then its value does, too."""

import lib

FRESH = False


def hold():
    lib.MARK.count += 1
    lib.NUM.seen.append(4)
    lib.NUM.mine = 1
    lib.Q1.x = 2
    lib.OTHER.x = 5
    lib.B1.y = 3
    return {n: getattr(lib, n) for n in ("MARK", "NUM", "Q1", "OTHER", "B1")}, {
        lib.MARK: 1,
        lib.NUM: 2,
        lib.Q1: 3,
        lib.OTHER: 4,
        lib.B1: 5,
    }


def check(held):
    d, keys = held
    for n, v in d.items():
        assert v is getattr(lib, n), n
        assert type(v) is getattr(lib, type(v).__name__), n
    assert lib.MARK.count == 1 and lib.MARK.new == "new" and lib.MARK == "mark"
    assert lib.NUM == 7 and lib.NUM.seen == [4] and lib.NUM.mine == 1 and lib.NUM.extra == 5
    assert lib.Q1 == (1, 2, 3) and lib.Q1.x == 2
    assert lib.OTHER == "old" and lib.OTHER.x == 5
    assert lib.B1.y == 3
    assert keys[lib.MARK] == 1 and keys[lib.NUM] == 2 and keys[lib.Q1] == 3 and keys[lib.OTHER] == 4
