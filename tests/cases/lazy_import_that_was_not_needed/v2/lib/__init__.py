import importlib

from . import _core

PLACES = {"Thing": "._core", "Gone": "._other"}


def __getattr__(name):
    if name not in PLACES:
        raise AttributeError(name)
    value = getattr(importlib.import_module(PLACES[name], __name__), name)
    value.__module__ = __name__
    globals()[name] = value
    return value
