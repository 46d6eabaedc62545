"""What only looks like a use: the same name of something else, a local of that name, an attribute that is set, code that
ran when the module was imported, a function that is held."""

import types

import lib
from lib import gone as held_function

HELD = True
FRESH = False
KEPT = True
NAME = lib.gone.__name__
other = types.SimpleNamespace(gone=lambda: 5)


def of_another():
    return other.gone()


def of_a_local(lib):
    return lib.gone()


def of_a_local_rebound():
    import lib

    lib = other
    return lib.gone()


def by_text():
    return "lib.gone", {"gone": 1}["gone"]


def is_set():
    lib.gone = lambda: 6
    try:
        return lib.kept()
    finally:
        del lib.gone


def of_an_instance(c):
    return c.kept if isinstance(c, dict) else c.m()


def hold():
    return lib.C(), {"function": held_function}


def check(held):
    c, table = held
    assert of_another() == of_a_local(other) == of_a_local_rebound() == 5 and by_text()[1] == 1
    assert of_an_instance(c) == 2 and is_set() == 2 and not hasattr(lib, "gone") and NAME == "gone"
    assert table["function"] is held_function and held_function() == 1
