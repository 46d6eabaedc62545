"""Registered both ways, asked before so that the caches are warm; what the library registers at import stays, once."""

# ruff: noqa: B024
import _abc
import abc
import collections.abc

import lib


class Ours(abc.ABC):
    pass


Ours.register(lib.Real)


@lib.Plugin.register
class Foreign:
    pass


class Stranger:
    pass


def registered():
    return [ref() for ref in _abc._get_dump(collections.abc.Mapping)[0]]


def hold():
    answers()
    return lib.Real(), lib.Mapping()


def answers():
    return (
        issubclass(Foreign, lib.Plugin),
        issubclass(Stranger, lib.Plugin),
        issubclass(lib.Real, Ours),
        issubclass(lib.Plugin, Ours),
        isinstance(lib.Real(), lib.Plugin),
        issubclass(lib.Mapping, collections.abc.Mapping),
        issubclass(Stranger, collections.abc.Mapping),
    )


def check(held):
    real, mapping = held
    assert answers() == (True, False, True, False, True, True, False)
    assert real.run() == 2 and real.base() == 2 and isinstance(real, lib.Plugin) and isinstance(real, Ours)
    assert isinstance(mapping, collections.abc.Mapping) and mapping.keys() == [2]
    assert [cls for cls in registered() if cls is not None and cls.__name__ == "Mapping"] == [lib.Mapping]
    try:
        lib.Plugin()
    except TypeError:
        return
    raise AssertionError("Plugin is abstract")
