"""Instances that the package itself made follow to those of the new version; others get new objects."""

import lib
from lib import DEFAULT


def hold():
    mine = lib.Options("mine")
    return mine, lib.DEFAULT, {lib.DEFAULT: 1}, lib.current(), lib.make()


def check(held):
    mine, default, table, current, made = held
    assert default is lib.DEFAULT is DEFAULT is current and table[default] == 1 and default.name == "default"
    assert type(mine) is lib.Options and mine.name == "mine" and type(made) is lib.Options and made.name == "made"
    assert lib.current(mine) is mine and lib.current() is default
