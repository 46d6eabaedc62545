"""Counters and registries on a class: the program's subclasses stay registered beside the package's, old and new."""

import lib


class Mine(lib.Base):
    pass


def hold():
    return lib.Own(), Mine(), lib.Base.registry, lib.Base.order


def check(held):
    own, mine, registry, order = held
    assert registry is lib.Base.registry and order is lib.Base.order
    assert registry["Own"] is lib.Own is type(own) and registry["Mine"] is Mine and registry["Second"] is lib.Second
    assert set(order) == {lib.Own, Mine, lib.Second} and len(order) == 3
    assert lib.Base.instances == 2 and own.v() == mine.v() == 2
