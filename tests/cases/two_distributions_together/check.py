"""Two distributions in one transaction; one subclasses the other's class, the application both."""

import base
import plug


class App(plug.Plug):
    pass


def hold():
    return App(), plug.Plug(), base.Base()


def check(held):
    assert [x.m() for x in held] == [("plug 2", 2, 2, 2), ("plug 2", 2, 2, 2), 2]
    assert App.__mro__ == (App, plug.Plug, base.Base, object) and plug.helper is base.helper
