"""A class of the library gets a metaclass with code of its own for making classes: nobody can run that for the
application's subclass as it was made, so it is refused."""

import lib

EXPECT = "refused:subclass"


class App(lib.Base):
    pass


def hold():
    return App()


def check(held):
    assert type(held) is App and type(App) is type and not hasattr(lib, "REGISTRY")
