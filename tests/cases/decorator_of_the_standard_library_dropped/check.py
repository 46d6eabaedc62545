"""A function below a decorator of the standard library becomes a class."""

import lib
from lib import opened


def hold():
    return [opened]


def check(held):
    assert held[0] is opened is lib.opened
    with opened() as value:
        assert value == 2
