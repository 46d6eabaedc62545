"""The descriptor protocol: gained by a base class of the library."""

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
        holder = type("Holder", (), {"field": x})()
        assert holder.field == "from the descriptor"
        try:
            holder.field = 1
        except AttributeError:
            continue
        raise AssertionError("__set__ was not called")
