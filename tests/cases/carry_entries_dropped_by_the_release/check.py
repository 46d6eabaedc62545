"""Row 8: what the new version drops goes, unless the program changed it; what it changes changes, unless the program did."""

import lib

FRESH = False


def hold():
    lib.PLUGINS["mine"] = "m"
    lib.PLUGINS["three"] = "set by the program"
    lib.NAMES.insert(0, "first")
    lib.NAMES.append("last")
    lib.FLAGS.add("mine")
    return lib.PLUGINS, lib.NAMES, lib.FLAGS


def check(held, report):
    assert held == (lib.PLUGINS, lib.NAMES, lib.FLAGS)
    assert lib.PLUGINS == {"one": 10, "three": "set by the program", "mine": "m", "four": 4}
    assert lib.NAMES == ["first", "one", "three", "four", "last"]
    assert lib.FLAGS == {"one", "three", "four", "mine"}
    assert report.conflicts == []
