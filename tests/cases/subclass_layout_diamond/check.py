"""Several bases at once: the application's classes join classes of the library, a generic one among them, with mixins of
its own, in both orders. Which base decides the layout is not the same as before."""

import weakref

import lib


class Mixin:
    def mixed(self):
        return "mixed", self.who()


class SlotMixin:
    __slots__ = ()


class Joined(Mixin, lib.Left, lib.Right[int]):
    pass


class Slotted(SlotMixin, lib.Left):
    __slots__ = ("own",)


class Last(Joined, SlotMixin):
    __slots__ = ("last",)


class Numbers(lib.Right[float], Mixin):
    who = lib.Left.who


def hold():
    joined, slotted, last, numbers = Joined(1), Slotted(), Last([2]), Numbers(1.5)
    slotted.own, last.last, last.free = "own", "last", "free"
    return joined, slotted, last, numbers, weakref.WeakSet([joined, slotted, last]), Joined.__orig_bases__


def check(held):
    joined, slotted, last, numbers, weak, bases = held
    assert (joined.item, last.item, numbers.item) == (1, [2], 1.5) and vars(joined) == {} and vars(numbers) == {}
    assert joined.mixed() == ("mixed", "left2") and slotted.own == "own" and slotted.who() == "left2"
    assert last.last == "last" and vars(last) == {"free": "free"} and set(weak) == {joined, slotted, last}
    assert Joined.__orig_bases__ is bases and bases[2].__origin__ is lib.Right and lib.Right[int] == bases[2]
    for made in (joined, last, Joined(3), Last(4), numbers):
        made.mark = made.more = "m"
        assert lib.Root.mark.__get__(made) == "m" and vars(made)["more"] == "m"
    slotted.mark = 1
    assert lib.Root.mark.__get__(slotted) == 1
    assert Joined.__base__ is lib.Right and Last.__mro__[1] is Joined and Numbers.__mro__[1] is lib.Right
