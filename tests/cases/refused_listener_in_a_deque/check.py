"""The new version puts one more listener into a deque deep in the program's objects: refused, and it is taken out again."""

import bus
import lib

EXPECT = "refused:staging-effect"


def hold():
    bus.CHANNELS["main"].listen("load", lambda: "own")
    return bus.CHANNELS["main"]


def check(held):
    assert held.send("load") == [1, "own"] and held.send("save") == []
    assert held.listeners["load"].functions[0] is lib.loaded
