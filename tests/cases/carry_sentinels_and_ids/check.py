"""Sentinels move; tables keyed by id() of what moved are rewritten with it."""

import lib

SEEN = {}


def hold():
    lib.IDS.add(id(lib.OTHER))
    lib.note(lib.NODE)
    lib.note(lib.Node)
    SEEN[id(lib.Node)] = "class"
    SEEN[id(lib.is_missing)] = "function"
    return lib.MISSING, lib.NODE


def check(held):
    missing, node = held
    assert missing is lib.MISSING and lib.is_missing() == "missing" and lib.is_missing(missing) == "missing"
    assert id(lib.OTHER) in lib.IDS and node is lib.NODE
    assert lib.BY_ID == {id(lib.NODE): "noted", id(lib.Node): "noted"}
    assert SEEN == {id(lib.Node): "class", id(lib.is_missing): "function"}
