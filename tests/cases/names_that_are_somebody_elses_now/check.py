"""What the package defined it now imports from elsewhere: `except`, calls, subclasses and instances go there."""

import collections
import functools
import math
import string

import lib
from lib import Formatter, Timeout, cached_property, gcd

FRESH = False


class Mine(Timeout):
    pass


def raise_mine():
    raise Mine("mine")


def caught(call):
    try:
        call()
    except Timeout as error:
        return str(error)


def hold():
    counts = lib.Mapping()
    counts.inc("a")
    formatters = [Formatter() for _ in range(10)]
    for i, formatter in enumerate(formatters):
        formatter.a, formatter.b = i, -i
    return counts, functools.partial(gcd, 4), formatters


def check(held):
    counts, call, formatters = held
    assert Timeout is TimeoutError and caught(lib.fail) == "2" and caught(raise_mine) == "mine"
    assert (
        issubclass(Mine, OSError) and gcd is math.gcd and call(6) == 2 and cached_property is functools.cached_property
    )
    assert type(counts) is collections.Counter and counts.most_common() == [("a", 1)]
    assert Formatter is string.Formatter and {type(one) for one in formatters} == {Formatter}
    other = string.Formatter()
    other.b, other.c, other.a = 1, 2, 3
    del formatters[::2]
    assert [(one.a, one.b, one.format("{}", 5)) for one in formatters][:2] == [(1, -1, "5"), (3, -3, "5")]
