"""Pickles made before are read after, and what is held can be pickled: by name, which needs identity."""

import pickle

import lib


def hold():
    return pickle.dumps([lib.f, lib.C, lib.C(5)]), [lib.f, lib.C, lib.C(6)]


def check(held):
    f, C, c = pickle.loads(held[0])
    assert f is lib.f and C is lib.C and c.x == 5 and c.m() == 2
    f, C, c = pickle.loads(pickle.dumps(held[1]))
    assert f is lib.f and C is lib.C and c.x == 6
