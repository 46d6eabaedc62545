"""A metaclass with code of its own gives way to ABCMeta. What it did to the application's subclass when that was made is
not known: nobody could take it back, so it is refused."""

import lib

EXPECT = "refused:subclass"


class App(lib.Base):
    pass


def hold():
    return App()


def check(held):
    assert type(held) is App and type(App).__name__ == "Meta" and App.tag == "made by Meta"
