"""Classes of the application with the library's metaclass, and a metaclass derived from it."""

import lib


class Mine(lib.Base):
    pass


class MyMeta(lib.Meta):
    def own(cls):
        return "own"


class Other(metaclass=MyMeta):
    pass


def hold():
    return Mine(), Other


def check(held):
    assert Mine.hello() == ("Mine", 2) and Other.hello() == ("Other", 2) and Other.own() == "own"
    assert Mine().called_by == 2 and type(Mine) is lib.Meta and isinstance(Other, lib.Meta)
    assert issubclass(MyMeta, lib.Meta) and held[1] is Other
