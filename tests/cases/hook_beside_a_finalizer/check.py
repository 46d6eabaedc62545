"""What the hook is called on refers to the instance's file; dropping it must not close that."""

import gc

import lib

FRESH = False


def run(upgrade):
    files = [lib.File(n) for n in range(3)]
    upgrade()
    gc.collect()
    assert lib.CLOSED == [] and [file.mode for file in files] == ["rw"] * 3
    del files
    gc.collect()
    assert sorted(lib.CLOSED) == [0, 1, 2]
