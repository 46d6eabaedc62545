"""A class of the program says things that functions of the package store on instances under the same names, out of what
they were given by that name: nothing there was computed by the package."""

import lib


class Mine(lib.Base):
    limit = 5
    label = "mine"

    def handle(self):
        return "handled"


def hold():
    return Mine(), Mine.handle


def check(held):
    mine, handle = held
    assert mine.run() == ("v2", "handled", 5, "mine") and Mine.handle is handle
    mine.configure()
    assert mine.limit == 2 and lib.Failed().handle == "none"
