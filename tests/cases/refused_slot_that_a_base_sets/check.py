"""The new version has a slot more, which a constructor passes on to a base that sets whatever it gets: instances lack it."""

import refused_slot_that_a_base_sets as lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.Attribute("a", "B")


def check(held):
    assert held.text() == "aB" and not hasattr(held, "ignore_case")
