"""The descriptor protocol: lost by a base class of the library."""

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
        holder = type("Holder", (), {"field": x})()
        assert holder.field is x and not raises(AttributeError, setattr, holder, "field", 1) and holder.field == 1
