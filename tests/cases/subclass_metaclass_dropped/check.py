"""A metaclass that the release drops goes from the program's subclasses, too, unless these named one of their own."""

import abc

import lib


class MyMeta(lib.Meta):
    pass


class Tagged(lib.Tagged):
    pass


class Named(lib.Tagged, metaclass=MyMeta):
    pass


class Alone(metaclass=lib.Meta):
    pass


class Shaped(lib.Shaped):
    pass


class Full(Shaped):
    def m(self):
        return 10 + super().m()


class Deep(lib.Deep):
    pass


class Other(lib.Other):
    pass


def hold():
    return {Tagged: Tagged(), Full: Full(), Deep: Deep(), Other: Other()}


def check(held):
    assert type(Tagged) is type(Shaped) is type(Full) is type and not hasattr(Tagged, "hello")
    assert type(Named) is MyMeta and type(Alone) is lib.Meta and Alone.hello() == "Alone"
    assert type(Deep) is lib.Meta and Deep.hello() == "Deep"
    assert type(Other) is abc.ABCMeta
    assert [held[type_].m() for type_ in (Tagged, Full, Deep, Other)] == [2, 12, 2, 2]
    assert Shaped().m() == 2
    Other.register(int)
    assert isinstance(1, lib.Other)
