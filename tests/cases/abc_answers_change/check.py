"""ABCs were asked before, and remember what they answered of the classes of the library and of the program's subclasses of them."""

import abc
import collections.abc

import lib


class Ours(lib.Measured):
    pass


class OursIterated(lib.Iterated):
    pass


class HasName(abc.ABC):  # noqa: B024
    @classmethod
    def __subclasshook__(cls, other):
        return getattr(other, "name", None) == "two"


CLASSES = Ours, OursIterated


def answers():
    classes = lib.Measured, lib.Iterated, *CLASSES
    sized = [issubclass(cls, collections.abc.Sized) for cls in classes]
    iterable = [issubclass(cls, collections.abc.Iterable) for cls in classes]
    instances = [isinstance(cls(), collections.abc.Sized) for cls in classes]
    return sized, iterable, instances, issubclass(lib.Named, HasName)


def hold():
    no, iterable = [False] * 4, [False, True, False, True]
    assert answers() == (no, iterable, no, False) or lib.Measured().size() == 2
    answers()
    return lib.Measured()


def check(held):
    sized = [True, False, True, False]
    assert answers() == (sized, [False] * 4, sized, True), answers()
    assert len(held) == 2
