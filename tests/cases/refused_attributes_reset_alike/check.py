"""A method that sets one attribute back where it set another one back does not say that they hold the same."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    held = lib.Set("a,b")
    assert held.contains("a")
    return held


def check(held):
    assert held.contains("a") and held.contains("b") and not held.contains("c")
