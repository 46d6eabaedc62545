"""A suspended generator asks a dict for a key; a method of that name has lost an argument of that name: nothing is called with it."""

import lib


def hold():
    settings = {"timeout": 1}
    values = lib.poll(settings)
    assert next(values) == 1
    return settings, values


def check(held):
    settings, values = held
    settings["timeout"] = 2
    assert next(values) == 2
