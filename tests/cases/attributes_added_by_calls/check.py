"""Values that calls make: locks, containers, instances of classes that are themselves replaced."""

import lib


def hold():
    return [lib.C(1), lib.C(2), lib.Part()]


def check(held):
    first, second, part = held
    assert first.all() == ([1], (1, ["m"])) and second.all() == ([2], (1, ["m"]))
    assert first.lock is not second.lock and type(first.part) is lib.Part is type(part)
    assert first.all() == ([1, 1], (2, ["m"])) and part.use() == (1, ["m"])
