"""Every attribute look-up: gained by a base class of the library."""

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
        assert x.any == "thing" and x.items == [1, 2, 3]
