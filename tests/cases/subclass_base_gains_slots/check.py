"""A class of the library gains __slots__: the application's subclasses, one with a __dict__, one with slots of its own,
one two levels below, become what their class statements would make now, and so do their instances, wherever they are."""

import weakref

import lib


class Plain(lib.Base):
    """Has a __dict__ of its own now."""

    limit = [7]

    def twice(self):
        return 2 * self.total()


class Slotted(lib.Base):
    __slots__ = ("z",)

    def __init__(self, x, z):
        super().__init__(x)
        self.z = z


class Deeper(Slotted):
    __slots__ = ("w",)


class Deepest(Deeper):
    pass


class Empty(Plain):
    """Has no instances."""


def hold():
    plain, slotted, deepest = Plain(1), Slotted(2, [3]), Deepest(4, {5})
    plain.extra = [plain]
    deepest.w, deepest.other = "w", {}
    return {
        "plain": plain,
        "slotted": slotted,
        "deepest": deepest,
        "keys": {plain: "p", slotted: "s", (deepest,): "d"},
        "weak": (weakref.ref(plain), weakref.WeakKeyDictionary({deepest: 1})),
        "bound": (plain.twice, slotted.total),
        "descriptor": Slotted.z,
        "mapping": Plain.__dict__,
        "members": [Plain.limit, slotted.z, deepest.z, deepest.other, plain.extra],
        "classes": {Plain: 1, Slotted: 2, Deeper: 3, Deepest: 4, Empty: 5},
    }


def check(held):
    plain, slotted, deepest = held["plain"], held["slotted"], held["deepest"]
    assert (type(plain), type(slotted), type(deepest)) == (Plain, Slotted, Deepest)
    assert plain.total() == 103 and slotted.total() == 104 and deepest.total() == 106 and plain.twice() == 206
    assert vars(plain) == {"extra": held["members"][4]} and plain.extra == [plain] and plain.extra[0] is plain
    assert not hasattr(slotted, "__dict__") and vars(deepest) == {"other": {}}
    assert [Plain.limit, slotted.z, deepest.z, deepest.other, plain.extra] == held["members"]
    assert all(a is b for a, b in zip([Plain.limit, slotted.z, deepest.z], held["members"], strict=False))
    assert deepest.w == "w" and held["descriptor"].__get__(slotted) is slotted.z and held["descriptor"] is Slotted.z
    assert held["keys"] == {plain: "p", slotted: "s", (deepest,): "d"} and held["keys"][slotted] == "s"
    assert held["weak"][0]() is plain and held["weak"][1][deepest] == 1
    assert held["bound"][0]() == 206 and held["bound"][1].__self__ is slotted and held["bound"][1]() == 104
    assert held["mapping"] == Plain.__dict__ and "__dict__" in held["mapping"] and "__dict__" not in Deeper.__dict__
    assert held["classes"] == {Plain: 1, Slotted: 2, Deeper: 3, Deepest: 4, Empty: 5} and held["classes"][Deeper] == 3
    for made in (Plain(1), Empty(1), Deepest(1, 2)):
        made.attribute = made.x
        assert made.attribute == 1 and made.total() == 103 and "x" not in vars(made)
    for made in (plain, slotted, deepest, Slotted(1, 2)):
        made.x = 50
        assert made.x == 50 and lib.Base.x.__get__(made) == 50
    try:
        Slotted(1, 2).attribute = 1
        raise RuntimeError("a class without a __dict__ has one")
    except AttributeError:
        pass
    assert Plain.__base__ is lib.Base and Deepest.__mro__ == (Deepest, Deeper, Slotted, lib.Base, object)
    assert set(lib.Base.__subclasses__()) == {Plain, Slotted} and Plain.__subclasses__() == [Empty]
