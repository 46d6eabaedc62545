"""A descriptor of the package's own does not find what old instances have under its name: a hook must say."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.Box()


def check(held):
    assert held.size == 1
