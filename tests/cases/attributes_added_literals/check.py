"""Literals: every live instance gets a fresh list, dict and set of its own, and the attributes come in the new order."""

import lib


def hold():
    return [lib.C(1), lib.C(2)]


def check(held):
    first, second = held
    assert first.all() == (1, None, -1, "text", (1, 2), [], {"a": []}, {1, 2})
    assert second.all() == (2, None, -1, "text", (1, 2), [], {"a": []}, {1, 2})
    assert first.items is not second.items and first.table["a"] is not second.table["a"]
    assert list(vars(first)) == list(vars(lib.C(3)))
    del first.items, first.none
    first.items = 1
    assert list(vars(first))[-1] == "items" and vars(second)["items"] == []
