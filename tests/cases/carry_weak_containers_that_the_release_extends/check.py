"""Weak containers stay; what the new version's import puts into its own comes."""

import lib


class Mine(lib.Base):
    pass


def hold():
    return lib.ALL, lib.DATA, lib.NAMES


def check(held):
    everything, data, names = held
    assert everything is lib.ALL and data is lib.DATA and names is lib.NAMES
    assert set(everything) == {lib.A, lib.B, Mine} and lib.A.v == 2
    assert dict(data) == {lib.A: "A", lib.B: "B", Mine: "Mine"}
    assert dict(names) == {"A": lib.A, "B": lib.B, "Mine": Mine}
