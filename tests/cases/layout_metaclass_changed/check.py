"""A class gets a metaclass, and its instances other slots."""

import abc

import lib


def hold():
    return lib.Plain(1), lib.Abstract(2), {lib.Plain: "class"}


def check(held):
    plain, abstract, table = held
    assert type(plain) is lib.Plain and type(lib.Plain) is lib.Meta and lib.Plain.made_by == "Meta" and plain.n == 1
    assert type(lib.Abstract) is abc.ABCMeta and isinstance(abstract, lib.Abstract) and abstract.n == 2
    assert table[lib.Plain] == "class" and not hasattr(plain, "__dict__")
