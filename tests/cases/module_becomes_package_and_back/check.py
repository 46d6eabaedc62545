"""A module becomes a package, a package a module; functions are followed through the names."""

import sys

import lib.one
import lib.two


def hold():
    return [lib.one.f, lib.two.f]


def check(held):
    assert [f() for f in held] == [2, 2] and held == [lib.one.f, lib.two.f]
    assert hasattr(lib.one, "__path__") and not hasattr(lib.two, "__path__") and "lib.two.inner" not in sys.modules
