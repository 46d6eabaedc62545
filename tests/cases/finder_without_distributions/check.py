"""A program in which a back port of importlib.metadata has taken PathFinder's find_distributions away."""

import importlib.machinery

import lib

del importlib.machinery.PathFinder.find_distributions


def hold():
    return lib.answer


def check(held):
    assert held is lib.answer and held() == 2
    assert not hasattr(importlib.machinery.PathFinder, "find_distributions")
