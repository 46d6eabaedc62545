"""A dataclass of the program that derives from one whose fields are what they were follows; a factory is a definition."""

import dataclasses

import lib

FRESH = False


@dataclasses.dataclass
class Mine(lib.Point):
    y: int = 1


def hold():
    return Mine(3)


def check(held):
    assert repr(held) == "Mine(x=3, tags=[1], y=1)" and held.norm() == 2 and Mine(3).tags == [2]
