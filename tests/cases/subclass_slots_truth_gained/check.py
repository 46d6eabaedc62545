"""bool() and calling: gained by a base class of the library."""

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
        assert not x and x(1) == ("called", (1,)) and callable(x)
