"""A container that is an instance too: its items and its attributes are merged, its class follows."""

import lib

FRESH = False


def hold():
    lib.REGISTRY.add("mine")
    lib.REGISTRY.frozen = True
    lib.ITEMS.append("mine")
    return lib.REGISTRY, lib.ITEMS


def check(held):
    registry, items = held
    assert registry is lib.REGISTRY and registry == {"own": 2, "mine": 1, "second": 2}
    assert registry.frozen and registry.version == 2 and set(registry.names) == {"own", "mine", "second"}
    assert type(registry) is lib.Registry
    assert items is lib.ITEMS and items == ["own", "second", "mine"] and items.first() == "own"
