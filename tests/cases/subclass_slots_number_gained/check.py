"""Arithmetic, in place and reflected: gained by a base class of the library."""

import lib


class App(lib.Base):
    pass


class Deeper(App):
    own = True


def hold():
    return [App(), Deeper(), lib.Base()]


def check(held):
    held += [App(), Deeper(), lib.Base()]
    for x in held:
        assert x + 1 == ("add", 1) and 1 + x == ("radd", 1) and x * 3 == ("mul", 3) and -x == "neg"
        assert [0, 1, 5][x] == 5 and x @ x == "matmul"
        before = x
        x += 7
        assert x is before and x.items[-1] == 7
