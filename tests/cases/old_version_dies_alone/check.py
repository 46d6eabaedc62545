"""The old version is freed without a collection of the whole heap, which would hold all threads up for long."""

import gc
import sys

import lib

FRESH = False


def run(upgrade):
    seen = sys.rung = []

    def watch(phase, info):
        seen.append((phase, info["generation"]))

    gc.collect()
    gc.disable()
    gc.callbacks.append(watch)
    try:
        report = upgrade()
    finally:
        gc.callbacks.remove(watch)
        gc.enable()
    assert not report.old_generation, report.old_generation
    bell = seen.index(1)  # of the old version; the test's own collections of all come before and after
    assert seen[bell - 1 : bell + 2] == [("start", 0), 1, ("stop", 0)], seen
    assert lib.Node("x").version() == 2 and lib.BELL.version == 2
    sys.rung = []
