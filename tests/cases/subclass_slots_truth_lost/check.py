"""bool() and calling: lost by a base class of the library."""

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
        assert x and not callable(x) and raises(TypeError, lambda: x())
