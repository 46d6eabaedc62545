"""What the program put into the values of a weak table stays, whatever the release begins with there; a constant follows."""

import lib

FRESH = False


def hold():
    lib.COUNTS[lib.KEY]["hits"] = 5
    lib.LISTS[lib.KEY].append(9)
    return lib.COUNTS[lib.KEY], lib.LISTS[lib.KEY]


def check(held):
    counts, numbers = held
    assert lib.COUNTS[lib.KEY] is counts and counts["hits"] == 5
    assert lib.LISTS[lib.KEY] is numbers and numbers == [1, 9]
    assert lib.PAIRS[lib.KEY] == (1, "b")
