"""Tables keyed by definitions of the package, extended by the program and by the release."""

import lib

FRESH = False


class Mine:
    pass


def hold():
    lib.ADAPTERS[Mine] = "mine"
    lib.ADAPTERS[lib.B] = "b"
    lib.ADAPTERS[(lib.A, Mine)] = "am"
    lib.KINDS.add(Mine)
    lib.KINDS.add(lib.B)
    return lib.ADAPTERS, lib.KINDS


def check(held):
    adapters, kinds = held
    assert adapters is lib.ADAPTERS and kinds is lib.KINDS
    A, B, C, f = lib.A, lib.B, lib.C, lib.f
    assert adapters == {A: "a2", (A, B): "ab1", f: "f1", C: "c2", Mine: "mine", B: "b", (A, Mine): "am"}
    assert adapters[(lib.A, Mine)] == "am" and adapters[lib.C] == "c2"
    assert kinds == {A, B, C, f, Mine} and all(kind in kinds for kind in (A, B, C, f, Mine))
