"""An instance has something in what was dropped, and would get an empty container for it: also where another attribute is made of
its arguments a hook must say."""

import refused_attributes_filled_beside_derived as lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    mark = lib.Mark("m", level=2)
    mark.add(3)
    return mark


def check(held):
    assert held.seen == (3,)
