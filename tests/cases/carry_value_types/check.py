"""Row 6: what a value filled in lazily was a cache: the new version's value counts."""

import lib


def hold():
    return hash(lib.STYLES["x"])


def check(held):
    assert lib.STYLES["x"].color == "blue" and hash(lib.STYLES["x"]) == hash("blue")
