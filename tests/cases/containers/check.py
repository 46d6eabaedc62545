"""Definitions and instances as values in every standard container, three deep."""

import array
import collections
import types

import lib


class Slotted:
    __slots__ = ("value", "__weakref__")


def hold():
    c = lib.C()
    slotted = Slotted()
    slotted.value = lib.f
    nested = {"a": [({"b": (lib.C, [c])},)]}
    return {
        "list": [lib.f, lib.C, c],
        "tuple": (lib.f, lib.C, c),
        "dict": {"f": lib.f, "C": lib.C, "c": c},
        "deque": collections.deque([lib.f, lib.C, c], maxlen=5),
        "long deque": collections.deque([0] * 200 + [lib.f]),
        "ordered": collections.OrderedDict(f=lib.f, c=c),
        "default": collections.defaultdict(lib.C, f=lib.f),
        "chain": collections.ChainMap({"f": lib.f}, {"C": lib.C}),
        "proxy": types.MappingProxyType({"f": lib.f}),
        "space": types.SimpleNamespace(f=lib.f, c=c),
        "user": collections.UserList([lib.f]),
        "slotted": slotted,
        "nested": nested,
        "array": array.array("i", [1, 2]),
        "slice": slice(lib.C, lib.f, None),
        "cycle": None,
        "module": types.ModuleType("private"),
    }


def check(held):
    for name in ("list", "tuple", "deque"):
        f, C, c = held[name]
        assert f is lib.f and C is lib.C and type(c) is lib.C and c.m() == 2, name
    assert held["long deque"][-1] is lib.f and len(held["long deque"]) == 201 and held["deque"].maxlen == 5
    assert held["dict"]["f"]() == 2 and held["dict"]["C"] is lib.C and held["dict"]["c"].m() == 2
    assert held["ordered"]["f"]() == 2 and list(held["ordered"]) == ["f", "c"]
    assert held["default"].default_factory is lib.C and held["default"]["new"].m() == 2
    assert held["chain"]["f"] is lib.f and held["chain"]["C"] is lib.C
    assert held["proxy"]["f"] is lib.f and held["space"].f is lib.f and held["space"].c.m() == 2
    assert held["user"][0] is lib.f and held["slotted"].value is lib.f
    C, [c] = held["nested"]["a"][0][0]["b"]
    assert C is lib.C and c.m() == 2
    assert held["slice"].start is lib.C and held["slice"].stop is lib.f
