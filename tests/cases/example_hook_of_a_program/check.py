"""docs/hooks.md, the third example: a program that refuses while it must not be disturbed, and refreshes afterwards."""

import jobs

import midflight
import lib

EXPECT = "refused:hook-failed"
FRESH = False


def run(upgrade):
    jobs.begin()
    assert upgrade() is None and jobs.loaded == [1]
    jobs.end()
    midflight.upgrade("example_hook_of_a_program")
    assert jobs.loaded == [2] and lib.FORMAT == 2
