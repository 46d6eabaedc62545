"""A module with __getattr__ and __dir__."""

import lib
from lib import sub


def hold():
    return lib.__getattr__, lib.answer


def check(held):
    assert lib.answer == 2 and lib.question == "?" and dir(lib) == ["answer", "question"]
    assert lib.sub.f() == 2 and sub is lib.sub and held[0] is lib.__getattr__
