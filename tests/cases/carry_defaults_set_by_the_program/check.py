"""Defaults that the program set on a function of the package stay; others are the new version's."""

import lib


def hold():
    lib.connect.__defaults__ = (30,)
    lib.connect.__kwdefaults__ = {"retries": 5}
    return lib.connect


def check(held):
    assert held is lib.connect and held("h") == ("v2", "h", 30, 5) and lib.quiet() == 2
