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
    assert seen[:3] == [("start", 0), 1, ("stop", 0)], seen  # BELL of the old version
    assert lib.Node("x").version() == 2 and lib.BELL.version == 2
    sys.rung = []
