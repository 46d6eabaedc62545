"""A field of a dataclass that got a longer name, and starts with the same, has the value that it had. Names that say nothing of each
other, or start with another value, are two fields: the new one starts with its default."""

import lib

FRESH = False


def hold():
    return lib.Item(1, "given", ["a"], 7, 5.0), lib.Item(2)


def check(held):
    given, plain = held
    assert given.version() == 2 and (given.title_text, given.all_parts) == ("given", ["a"])
    assert (given.depth, given.timeout_read) == (0, 2.0)
    assert (plain.title_text, plain.all_parts, plain.depth) == ("none", [], 0)
