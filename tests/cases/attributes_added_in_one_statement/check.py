"""Chained and unpacking assignments, comprehensions, lambdas and conditional expressions."""

import lib


def hold():
    return [lib.C(1), lib.C(2)]


def check(held):
    for n, instance in enumerate(held, 1):
        assert instance.all() == (n, True, [], 1, {}, [4, 6], 4, {"a": 1, "b": 2}, "posix")
    assert held[0].a is not held[1].a and held[0].d is not held[1].d
