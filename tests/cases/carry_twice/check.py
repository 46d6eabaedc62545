"""State that was carried once is carried again: back to the first version and forth."""

import lib


def run(upgrade):
    held = lib.REG
    lib.add("a")
    upgrade()
    lib.add("b")
    assert held is lib.REG or lib.REG["own"] == 2
    assert {k: lib.REG[k] for k in ("a", "b")} == {"a": 1, "b": 2} and lib.COUNT == 2
    assert lib.REG["own"] == 2 and lib.REG["second"] == 2
