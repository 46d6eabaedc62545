"""with, and its asynchronous form: gained by a base class of the library."""

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
        with x as entered:
            raise ValueError("swallowed by __exit__")
        assert entered == "entered" and list(x.__await__()) == [] and aiter(x) is x
