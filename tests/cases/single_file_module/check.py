"""A distribution that is one file; its import name is not its own name."""

import sys

import solo
from solo import f


def hold():
    return f


def check(held):
    assert held() == 2 and solo.__version__ == "2" and sys.modules["solo"] is solo
