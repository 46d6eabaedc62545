"""map, filter, accumulate, groupby, iter(callable, sentinel) and the like that hold a function of the library."""

# ruff: noqa: B905
import functools
import itertools
import types

import lib


def hold():
    return {
        "map": map(lambda f: f(), itertools.repeat(lib.f, 3)),
        "starmap": itertools.starmap(lib.f, [(), ()]),
        "filter": filter(callable, [lib.f, 1, lib.g]),
        "callable": iter(lib.f, 99),
        "chain": itertools.chain([lib.f], (lib.g,)),
        "cycle": itertools.cycle([lib.f]),
        "zip": zip([lib.f], [lib.C]),
        "enumerate": enumerate([lib.f]),
        "product": itertools.product([lib.f], [lib.C, lib.D]),
        "tee": itertools.tee(iter([lib.f, lib.g]))[0],
        "islice": itertools.islice([lib.f, lib.g], 1, 2),
        "group": itertools.groupby([1, 2], key=lambda x: lib.C),
        "method": types.MethodType(lib.C.m, lib.C()),
        "key": functools.cmp_to_key(lambda a, b: lib.f()),
        "accumulate": itertools.accumulate([lib.f, lib.g], lambda a, b: b),
    }


def check(held):
    assert list(held["map"]) == [2, 2, 2] and list(held["starmap"]) == [2, 2]
    assert list(held["filter"]) == [lib.f, lib.g] and next(held["callable"]) == 2
    assert list(held["chain"]) == [lib.f, lib.g] and next(held["cycle"])() == 2
    assert list(held["zip"]) == [(lib.f, lib.C)] and list(held["enumerate"]) == [(0, lib.f)]
    assert list(held["product"]) == [(lib.f, lib.C), (lib.f, lib.D)] and list(held["tee"]) == [lib.f, lib.g]
    assert list(held["islice"]) == [lib.g] and [k for k, _ in held["group"]] == [lib.C]
    assert held["method"]() == 2 and held["method"].__func__ is lib.C.m
    assert list(held["accumulate"]) == [lib.f, lib.g]
