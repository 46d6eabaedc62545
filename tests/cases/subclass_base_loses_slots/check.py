"""A class of the library loses its __slots__: instances of the application's subclasses get a __dict__ and what the new
version adds; a slot of the application's stays one."""

import weakref

import lib


class Slotted(lib.Base):
    __slots__ = ("own",)


class Plain(lib.Base):
    pass


def hold():
    slotted, plain = Slotted([1]), Plain([2])
    slotted.own, plain.own = "slot", "entry"
    return slotted, plain, [slotted.a, plain.a], {slotted, plain}, vars(plain)


def check(held):
    slotted, plain, values, both, table = held
    assert slotted.get() == ([1], 3) and plain.get() == ([2], 3)
    assert slotted.a is values[0] and plain.a is values[1] and both == {slotted, plain} and slotted in both
    assert vars(slotted) == {"a": [1], "more": 3} and vars(plain) is table
    assert table == {"a": [2], "own": "entry", "more": 3}
    assert slotted.own == "slot" and Slotted.own.__get__(slotted) == "slot"
    assert weakref.ref(slotted)() is slotted and "__weakref__" in dir(Slotted) and "__weakref__" not in vars(Plain)
    fresh = Slotted(9)
    fresh.anything = fresh.own = 1
    assert vars(fresh) == {"a": 9, "more": 3, "anything": 1}
