"""What an instance cached already is its own state; what it has not is computed by the new code."""

import lib


def hold():
    shape = lib.Shape(3)
    return shape, shape.area, lib.Shape.area


def check(held):
    shape, area, descriptor = held
    assert shape.area is area
    assert shape.corners == 2
    assert lib.Shape(4).area == (2, 16)
    assert descriptor is lib.Shape.area
