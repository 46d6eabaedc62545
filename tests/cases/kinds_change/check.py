"""A property becomes a method and back, a function a class and back, a constant a function."""

import lib
from lib import Factory, f


def hold():
    return lib.C(), [f, Factory]


def check(held):
    c, table = held
    assert c.p() == 2 and c.m == 2 and c.attribute() == 2
    assert table == [lib.f, lib.Factory] and f(3).x == 3 and Factory(3) == 4 and lib.VALUE() == 2
