"""Instances in containers written in C, as keys, in weak containers, in closures, and in cycles."""

import collections
import functools
import weakref

import lib


def hold():
    made = [lib.C(n) for n in range(8)]
    cycle = lib.C(8)
    cycle.me = cycle
    return {
        "deque": collections.deque([made[0]]),
        "key": {made[1]: "key"},
        "set": frozenset([made[2]]),
        "partial": functools.partial(getattr, made[3], "n"),
        "weak": weakref.WeakKeyDictionary({made[4]: "weak"}),
        "weakset": weakref.WeakSet([made[5]]),
        "odict": collections.OrderedDict(x=made[6]),
        "closure": (lambda: made[7]),
        "cycle": cycle,
        "alive": made[:],
    }


def check(held):
    for n, instance in enumerate(held["alive"]):
        assert instance.add() == [n]
    assert held["deque"][0].items == [0] and held["key"][held["alive"][1]] == "key"
    assert held["alive"][2] in held["set"] and held["partial"]() == 3
    assert held["weak"][held["alive"][4]] == "weak" and held["alive"][5] in held["weakset"]
    assert held["odict"]["x"].items == [6] and held["closure"]().items == [7]
    assert held["cycle"].me is held["cycle"] and held["cycle"].add() == [8]
