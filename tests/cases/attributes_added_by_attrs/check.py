"""Constructors as attrs generates them: defaults, factories, frozen classes, __attrs_post_init__."""

import lib


def hold():
    return [lib.P(1), lib.P(2)], lib.F(3)


def check(held):
    (first, second), frozen = held
    assert vars(first) == {"x": 1, "items": [], "n": 3, "seen": {}} == {**vars(second), "x": 1}
    assert first.items is not second.items and first.seen is not second.seen
    assert vars(frozen) == {"x": 3, "tags": {}} == vars(lib.F(3))
