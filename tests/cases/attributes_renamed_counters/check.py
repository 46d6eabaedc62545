"""An attribute that begins with a constant and has another name now: methods that are the same but for the name say that it is one."""

import lib

FRESH = False


def hold():
    counter, parser = lib.Counter(), lib.Parser()
    counter.hit()
    counter.hit()
    parser.fail("late")
    return counter, parser


def check(held):
    counter, parser = held
    assert counter.get() == 2 and parser.state() == "late"
    counter.hit()
    assert counter.get() == 3 and lib.Counter().get() == 0
