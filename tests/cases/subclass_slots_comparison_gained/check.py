"""Equality, order and hash: gained by a base class of the library."""

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
        assert x == lib.Base() and hash(x) == 42 and (x < x) == "lt" and repr(x) == "<Base>"
        assert {x: 1}[lib.Base()] == 1
