"""New members among the old ones, auto() counting on: held ones keep their name in dicts, sets, defaults, match, instances."""

import collections
import dataclasses
import functools

import lib
from lib import Color, Size


@dataclasses.dataclass
class Shirt:
    color: Color = Color.RED
    size: Size = Size.L


class Slotted:
    __slots__ = ("color",)


def default(color=Color.RED, *sizes, last=Size.L):
    return color, last


def matched(color):
    match color:
        case Color.RED | Color.GREEN:
            return "old"
        case Color():
            return "new"


@functools.lru_cache
def cached(color, size):
    return color, size


def hold():
    slotted = Slotted()
    slotted.color = Color.GREEN
    cached(Color.RED, Size.L)
    return {
        "dict": {Color.RED: "r", Color.GREEN: "g", Size.L: "l"},
        "set": {Color.RED, Size.S, Size.L},
        "frozen": frozenset({Color.RED, Size.L}),
        "by tuple": {(Color.RED, Size.L): 1},
        "list": [Color.RED, (Color.GREEN, Size.L)],
        "deque": collections.deque([Size.L]),
        "shirt": Shirt(),
        "slotted": slotted,
        "partial": functools.partial(lib.paint, Color.RED, size=Size.L),
        "method": Color.RED.__str__,
        "iterator": iter([Color.RED, Size.L]),
    }


def check(held):
    assert Color is lib.Color and [m.name for m in Color] == ["BLUE", "RED", "GREEN"]
    assert Size.L.value == 3 and held["list"] == [Color.RED, (Color.GREEN, Size.L)]
    assert held["list"][0] is Color.RED and held["list"][1][1] is Size.L
    assert held["dict"][Color.RED] == "r" and held["dict"][Size.L] == "l" and Size.M not in held["dict"]
    assert held["set"] == {Color.RED, Size.S, Size.L} and held["frozen"] == frozenset({Color.RED, Size.L})
    assert all(any(m is n for n in (*Color, *Size)) for m in (*held["set"], *held["frozen"], *held["dict"]))
    assert held["by tuple"][Color.RED, Size.L] == 1 and held["deque"][0] is Size.L
    assert held["shirt"] == Shirt() and held["shirt"].color is Color.RED and Shirt().size is Size.L
    assert held["slotted"].color is Color.GREEN and held["partial"]() == ("red", Size.L)
    assert held["method"]() == "Color.RED" and held["method"].__self__ is Color.RED
    assert list(held["iterator"]) == [Color.RED, Size.L]
    assert default() == (Color.RED, Size.L) and default()[1] is lib.Size(3)
    assert matched(Color.RED) == "old" and matched(Color.BLUE) == "new" and lib.name_of(Color.BLUE) == "blue"
    hits = cached.cache_info().hits
    assert cached(Color.RED, Size.L)[1] is Size.L and cached.cache_info().hits == hits + 1
    assert lib.paint() == ("green", Size.M)
