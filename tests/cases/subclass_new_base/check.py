"""The library's class gets new ancestors; the application's subclasses get them too."""

import lib


class App(lib.Base):
    pass


class Deeper(App):
    def m(self):
        return 10 + super().m()


def hold():
    return Deeper()


def check(held):
    assert held.m() == 12 and held.middle() == "middle" and held.extra() == 2
    assert Deeper.__mro__ == (Deeper, App, lib.Base, lib.Middle, lib.Extra, object)
