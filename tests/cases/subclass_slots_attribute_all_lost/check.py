"""Every attribute look-up: lost by a base class of the library."""

# ruff: noqa: B023
import lib


class App(lib.Base):
    pass


class Deeper(App):
    own = True


def raises(kind, call, *args):
    try:
        call(*args)
    except kind:
        return True
    return False


def hold():
    return [App(), Deeper(), lib.Base()]


def check(held):
    held += [App(), Deeper(), lib.Base()]
    for x in held:
        assert raises(AttributeError, lambda: x.any) and x.items == [1, 2, 3]
