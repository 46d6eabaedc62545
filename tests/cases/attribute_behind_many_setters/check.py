"""Setters that call by names only, and change only what they made, run on stand-ins: old instances answer as new ones."""

import lib

FRESH = False


def hold():
    return lib.A(5), lib.List([1, 2]), lib.Table({1: 2}), lib.Text("a, b,,"), lib.Helped(0), lib.Counted(7)


def check(held):
    import datetime

    assert [instance.x for instance in held] == [
        datetime.timedelta(seconds=5),
        (4, 2),
        {"1": 2, "n": 1},
        "a;b",
        2,
        "  7",
    ]
    assert held[5].changes == 1
