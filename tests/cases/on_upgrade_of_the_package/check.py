"""The new version's own functions take the old one's data over; those of the old version are not called, and die."""

import lib

from midflight import hooks

FRESH = False


def run(upgrade):
    lib.SECONDS["a"] = 1
    upgrade()
    assert lib.MILLISECONDS == {"a": 1000} and lib.CALLS == ["before", "after"]
    functions = [function for _, function in hooks._registry["on-upgrade-of-the-package"]]
    assert functions == [lib.take_over, lib.settle]
