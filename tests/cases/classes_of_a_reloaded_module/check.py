"""The program reloaded the module itself: instances of both of its classes follow to the one that there is now."""

import importlib

import lib

FRESH = False


def hold():
    before = lib.C()
    importlib.reload(lib)
    return before, lib.C()


def check(held):
    before, after = held
    assert type(before) is type(after) is lib.C
    assert [(one.x, one.y, one.m()) for one in held] == [(1, 2, 2), (1, 2, 2)]
