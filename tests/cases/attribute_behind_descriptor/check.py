"""A descriptor that looks into the instance's __dict__ finds what old instances have there."""

import lib


def hold():
    box = lib.Box()
    box.size = 3
    return box


def check(held):
    assert held.size == 3
