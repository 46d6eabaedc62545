"""Attribute access: gained by a base class of the library."""

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
        assert x.missing == ("got", "missing") and x.items == [1, 2, 3]
        x.fresh = 1
        assert x.fresh == ("set", 1)
        del x.fresh
        assert x.__dict__["fresh"] == "deleted"
