"""A package that the upgraded one also has under a name of its own is still another package, and what it uses counts."""

import sys

import lib  # noqa: F401
import other

EXPECT = "refused:name-removed"
UPGRADE = {"names": ["lib"]}


def hold():
    return other.use


def check(held):
    assert held() == 1 and sys.modules["lib.vendored"] is other
