"""No instance is finalized by the upgrade; afterwards the new __del__ runs, once."""

import lib


def hold():
    return [lib.Resource(name) for name in "abc"]


def check(held):
    assert lib.Resource.log == []
    del held[1]
    assert lib.Resource.log == [("b", 2)]
    held.clear()
    assert sorted(lib.Resource.log) == [("a", 2), ("b", 2), ("c", 2)]
