"""The program has set, by the name of a keyword, what the new version would take for the argument that was given."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    mark = lib.Mark("m", level=2)
    vars(mark).update(level=9)
    return mark


def check(held):
    assert (held.options, held.level) == ("m", 9)
