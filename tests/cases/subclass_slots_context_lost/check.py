"""with, and its asynchronous form: lost by a base class of the library."""

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

        def enter(x=x):
            with x:
                pass

        assert raises((TypeError, AttributeError), enter) and raises(TypeError, aiter, x)
