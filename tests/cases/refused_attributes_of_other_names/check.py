"""What a statement stores has another name, under which the constructor goes on to fill it."""

import lib

EXPECT = "refused:attributes-added"
FRESH = False


def hold():
    return lib.Mark("m", level=2)


def check(held):
    assert (held.options, held.level) == ("m", 2)
