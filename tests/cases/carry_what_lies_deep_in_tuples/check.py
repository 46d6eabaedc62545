"""State in tuples in tuples, however deep, and shared so often that nobody could go every way to it."""

import lib

NAMES = ["SHALLOW", "DEEP", "DEEPER"]
FRESH = False


def hold():
    held = [lib.unwrapped(getattr(lib, name)) for name in NAMES]
    for content in held:
        content["mine"] = 1
    lib.HOLDER.mine = 1
    return held


def check(held):
    for content, name in zip(held, NAMES, strict=True):
        assert content is lib.unwrapped(getattr(lib, name)) and content == {"v2": 0, "mine": 1}, name
    assert (lib.HOLDER.mine, lib.HOLDER.count, lib.UNTOUCHED.count) == (1, 20, 20)
    assert len(lib.HOLDER.deep) == len(lib.UNTOUCHED.deep) == 1 and lib.unwrapped(lib.HOLDER.shared) == {}
