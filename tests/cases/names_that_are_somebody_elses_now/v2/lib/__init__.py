from collections import Counter as Mapping
from functools import cached_property
from math import gcd
from string import Formatter

Timeout = TimeoutError
__all__ = ["Mapping", "cached_property", "gcd", "Formatter", "Timeout", "fail"]


def fail():
    raise Timeout("2")
