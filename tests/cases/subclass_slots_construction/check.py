"""__new__, __init__ and __init_subclass__ of the base are the new ones for classes and instances made afterwards."""

import lib


class App(lib.Base):
    pass


def hold():
    return App(1)


def check(held):
    assert held.a in (1, 2)
    made = App(1)
    assert made.new == 2 and made.a == 2

    class Later(App, flag=1):
        pass

    assert Later.options == {"flag": 1}
