"""A class of the library becomes a dataclass with slots, with one field more: instances of the application's subclass
have their attributes in the slots, and each a new list."""

import dataclasses

import lib


class Named(lib.Point):
    def __init__(self, name, x):
        super().__init__(x, 5)
        self.name = name

    def shifted(self):
        return Named(self.name, self.x + 1)


class Bare(lib.Point):
    __slots__ = ()


def hold():
    return [Named("a", 1), Named("b", 2)], Bare(3)


def check(held):
    (a, b), bare = held
    assert (a.x, a.y, a.name, b.x) == (1, 5, "a", 2) and vars(a) == {"name": "a"}
    assert a.tags == [] and b.tags == [] and a.tags is not b.tags and bare.tags == []
    assert a.shifted().x == 2 and bare.shifted() == Bare(4, 0) and bare == Bare(3)
    assert dataclasses.astuple(bare) == (3, 0, []) and not hasattr(bare, "__dict__")
    assert "a" == a.shifted().name and repr(bare) == "Bare(x=3, y=0, tags=[])"
