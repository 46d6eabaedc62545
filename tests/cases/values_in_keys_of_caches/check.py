"""Values with a hash of their own, in Python, are parts of keys: of a cache with a limit, and of a table of tuples."""

import lib

FRESH = False


def hold():
    both = lib.PLAIN.combine(lib.BOLD)
    assert both.name == "plain bold"
    return both, {(lib.PLAIN, 1): "plain", (lib.BOLD, 2): "bold"}, frozenset([lib.PLAIN])


def check(held):
    both, table, frozen = held
    assert both.show() == "2 plain bold" and lib.PLAIN.show() == "2 plain" and lib.BOLD.name == "strong"
    assert table[lib.Style("plain"), 1] == "plain" and lib.Style("plain") in frozen and lib.Style("plain") == lib.PLAIN
    assert lib.PLAIN.combine(lib.BOLD).show() == "2 plain strong" and len(table) == 2
