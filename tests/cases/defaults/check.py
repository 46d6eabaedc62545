"""Positional and keyword-only defaults are the new version's, also behind a partial that was made before."""

import functools
import inspect

from lib import f


def hold():
    return [f, functools.partial(f, 0), functools.partial(f, k=7)]


def check(held):
    assert held[0](0) == (0, 2, 2, 5)
    assert held[1]() == (0, 2, 2, 5)
    assert held[2](0) == (0, 2, 7, 5)
    assert f.__kwdefaults__ == {"k": 2, "new": 5}
    assert list(inspect.signature(f).parameters) == ["a", "b", "k", "new"]
