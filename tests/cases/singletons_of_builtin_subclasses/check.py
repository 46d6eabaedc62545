"""What the package made of an own subclass of str, int, tuple ... is one object, in whatever table it is."""

import lib

FRESH = False
from lib import MARK


def hold():
    return {n: getattr(lib, n) for n in ("MARK", "NUM", "PAIR", "RAW", "FL", "FS")}, {
        lib.MARK: 1,
        lib.NUM: 2,
        lib.PAIR: 3,
        lib.RAW: 4,
    }


def check(held):
    d, keys = held
    for n, v in d.items():
        assert v is getattr(lib, n), n
        assert type(v) is type(getattr(lib, n)), n
    assert MARK is lib.MARK and lib.is_mark(MARK)
    assert keys[lib.MARK] == 1 and keys[lib.NUM] == 2 and keys[lib.PAIR] == 3 and keys["mark"] == 1
    assert [k for k in keys][0] is lib.MARK
