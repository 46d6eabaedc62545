"""An attribute whose name only lost its underscores, and that no method uses as it used the old one, may hold something else."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    return lib.Table(2, 1)


def check(held):
    assert held.first() == 2
