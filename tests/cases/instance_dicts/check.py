"""Instances whose __dict__ was looked at, is held elsewhere, or is that of another instance."""

import lib


class Mine:
    pass


class MineWithSlots(lib.Slots):
    __slots__ = ("more",)


def hold():
    held = {}
    for kind in (Mine, MineWithSlots, lib.Namespace, lib.Slots):
        for way in ("unseen", "seen", "held", "shared"):
            thing = held[kind, way] = kind()
            thing.function = lib.function
            if way == "held":
                held[kind, "dict"] = vars(thing)
            elif way == "shared":
                thing.__dict__ = vars(held[kind, "seen"])
            if way != "unseen":
                vars(thing)["kind"] = lib.Namespace
    shared = lib.Shared()
    shared.function = lib.function
    lib.Shared.state.clear()
    return held, shared, lib.namespace, lib.table, lib.slots, lib.slots_table


def check(held):
    things, shared, namespace, table, slots, slots_table = held
    for (kind, way), thing in things.items():
        attributes = thing if way == "dict" else vars(thing)
        assert attributes["function"] is lib.function, (kind, way)
        assert way == "unseen" or attributes["kind"] is lib.Namespace, (kind, way)
        assert way == "dict" or thing.function is lib.function, (kind, way)
    for name in ("Namespace", "Slots"):
        assert [way for (kind, way), thing in things.items() if type(thing) is getattr(lib, name)]
    assert vars(things[Mine, "shared"]) is vars(things[Mine, "seen"])
    assert vars(things[Mine, "held"]) is things[Mine, "dict"]
    assert shared.show() == 2 and vars(shared) is lib.Shared.state
    assert namespace is lib.namespace and table is lib.table is vars(lib.namespace)
    assert slots is lib.slots and slots_table is lib.slots_table is vars(lib.slots)
    assert table["function"] is namespace.function is slots.function is slots.slot is lib.function
