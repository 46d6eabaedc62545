"""Instances that the package made and the program changed: their new objects have the merged state."""

import weakref

import lib
from lib import DEFAULT

FRESH = False


def hold():
    lib.DEFAULT.n = 5
    lib.TABLE["a"].n = 7
    lib.TABLE["mine"] = lib.Options("mine")
    lib.WIDE.n = lib.Wide
    lib.BAG["k"] = lib.DEFAULT
    lib.BAG.label = "mine"
    return lib.DEFAULT, lib.TABLE, {lib.DEFAULT: 1}, lib.WIDE, weakref.ref(lib.WIDE), lib.BAG


def check(held):
    default, table, keys, wide, weak, bag = held
    assert default is lib.DEFAULT is DEFAULT is lib.current() and keys[default] == 1
    assert default.n == 5 and default.name == "default" and default.comes == "comes" and default.twice() == 10
    assert vars(default) == {"n": 5, "name": "default", "comes": "comes"}
    assert table is lib.TABLE and list(table) == ["a", "mine", "b"] and table["a"].twice() == 14
    assert table["b"].n == 0 and all(type(one) is lib.Options for one in table.values())
    assert wide is lib.WIDE is lib.OTHER and wide.n is lib.Wide and wide.name == "wide" and wide.more == []
    assert weak() is wide and not hasattr(wide, "gone") and type(wide) is lib.Wide
    assert bag is lib.BAG and bag == {"k": default, "new": 1}
    assert (bag.label, bag.note, bag.extra) == ("mine", "new", 1)
