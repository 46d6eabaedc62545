"""A key is of the application's own class, and the library's new __hash__ looks at the class: no stand-in can tell."""

import lib

EXPECT = "refused:holder"


class App(lib.Key):
    pass


def hold():
    return {App(1): "one"}, App(2)


def check(held):
    assert held[0][App(1)] == "one" and held[1].a == 2
