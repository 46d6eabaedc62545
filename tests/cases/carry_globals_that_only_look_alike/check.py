"""Globals of the new version that start as one of the old version did, or are used at its place, and are another thing."""

import lib
import lib.helper

FRESH = False


def hold():
    lib.TIMEOUT = 30
    lib.enabled = True
    lib.put(1)
    lib.count()
    lib.helper.limit = 9


def check(_, report):
    assert lib.policy() == {"retries": 1} and lib.flag() == ("two", 2) and lib.put(2) == 1 and lib.count() == 2
    assert lib.wait() == 5
    assert {"TIMEOUT", "cache", "enabled", "failures", "limit"} == {conflict.symbol for conflict in report.conflicts}
