"""The new version imports modules of the standard library that nobody had: they are published, and are nobody's effect."""

import sys

import lib


def hold():
    return lib.f


def check(held):
    assert held()[1:] == ("wave", 2) and sys.modules["wave"] is lib.wave and "colorsys" in sys.modules
