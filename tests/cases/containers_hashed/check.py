"""Containers keyed by definitions, by tuples and frozensets of them and by bound methods: found, in order, once."""

import collections

import lib


def hold():
    c = lib.C()
    return {
        "c": c,
        "dict": {
            lib.f: 1,
            "x": 2,
            lib.C: 3,
            (lib.C, 1): 4,
            (lib.f, (lib.C, lib.D)): 5,
            frozenset([lib.f, lib.C]): 6,
            c.m: 7,
            frozenset([(lib.D, frozenset([lib.f]))]): 8,
            lib: 9,
        },
        "set": {lib.f, lib.g, lib.C, lib.D, 1, 2, 3, (lib.C, lib.f)},
        "frozen": frozenset([lib.f, lib.C, "x"]),
        "counter": collections.Counter([lib.f, lib.f, lib.C]),
        "default": collections.defaultdict(list, {lib.C: [lib.f]}),
        "big": {**{i: i for i in range(1000)}, lib.C: "C", **{i: i for i in range(1000, 1500)}},
        "empty slots": {lib.f: 1, lib.g: 2, lib.C: 3},
    }


def check(held):
    c, d = held["c"], held["dict"]
    keys = [
        lib.f,
        "x",
        lib.C,
        (lib.C, 1),
        (lib.f, (lib.C, lib.D)),
        frozenset([lib.f, lib.C]),
        c.m,
        frozenset([(lib.D, frozenset([lib.f]))]),
        lib,
    ]
    assert list(d) == keys and [d[key] for key in keys] == list(range(1, 10))
    assert held["set"] == {lib.f, lib.g, lib.C, lib.D, 1, 2, 3, (lib.C, lib.f)}
    assert all(item in held["set"] for item in list(held["set"]))
    assert held["frozen"] == frozenset([lib.f, lib.C, "x"]) and lib.C in held["frozen"]
    assert hash(held["frozen"]) == hash(frozenset([lib.f, lib.C, "x"]))
    assert held["counter"][lib.f] == 2 and held["counter"].most_common(1) == [(lib.f, 2)]
    assert held["default"][lib.C] == [lib.f] and held["default"][lib.D] == []
    assert held["big"][lib.C] == "C" and len(held["big"]) == 1501 and list(held["big"])[1000] is lib.C
    del held["empty slots"][lib.g]
    held["empty slots"][lib.g] = 4
    assert list(held["empty slots"].items()) == [(lib.f, 1), (lib.C, 3), (lib.g, 4)]
    held["set"].discard(lib.f)
    assert lib.f not in held["set"] and len(held["set"]) == 7
