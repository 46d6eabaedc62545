"""A module has put another object into its own place in sys.modules: what it defines is of no module that an import gives."""

import importlib

EXPECT = "refused:state-changed"

core = importlib.import_module("lib.core")


def hold():
    return core.make(), core.Thing, core.make


def check(held):
    thing, Thing, make = held
    assert type(thing) is Thing is type(make()) and thing.answer() == make().answer()
