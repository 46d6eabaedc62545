"""A descriptor of the library's own kind in its own class and in the application's."""

import lib


class Mine(lib.Model):
    y = lib.Field(100)


def hold():
    return lib.Model(), Mine(), lib.Model.x, Mine.y


def check(held):
    model, mine, x, y = held
    assert model.x == 12 and mine.y == 102 and mine.x == 12
    mine.y = 3
    assert mine.y == 8
    assert x is lib.Model.x and x.owner is lib.Model and x.name == "x"
    assert y is Mine.y and y.owner is Mine and type(y) is lib.Field
