"""A class of the library gets slots and a metaclass that only adds to its classes: so do the application's."""

import lib


class App(lib.Base):
    value = 1


class Below(App):
    __slots__ = ("here",)


def hold():
    below = Below()
    below.here, below.there = 1, 2
    return App(), below, [App, Below]


def check(held):
    app, below, classes = held
    assert type(App) is type(Below) is lib.Meta and App.label == "<App>" and classes == [App, Below]
    assert below.here == 1 and vars(below) == {"there": 2} and app.value == 1
    assert App().made_by == "Meta" and "made_by" not in vars(Below())
    below.made_by = "me"
    assert lib.Base.made_by.__get__(below) == "me"
