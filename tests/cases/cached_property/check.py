"""What a cached property left in an instance goes if the new version computes it in another way: its own function changed, or a method
or constant that this uses. What would be the same stays, and what cannot be computed again: objects with an identity, times,
what somebody has set."""

import lib

FRESH = False


class Own(lib.Shape):
    @property
    def twice(self):
        return self.area * 2


def hold():
    shape, own, given = lib.Shape(3), Own(2), lib.Shape(1)
    given.give(7)
    assert shape.area == (1, 9) and own.twice == (1, 4, 1, 4) and shape.scaled == 3 and shape.longer == "a!"
    return shape, own, given, shape.same, shape.link, shape.made, lib.Shape.area


def check(held):
    shape, own, given, same, link, made, descriptor = held
    assert "area" not in vars(shape) and shape.area == (2, 9) and own.twice == (2, 4, 2, 4)
    assert shape.scaled == 6 and shape.longer == "aa!"
    assert shape.same is same and shape.link is link and shape.made is made and isinstance(link, lib.Link)
    assert shape.corners == 2 and lib.Shape(4).area == (2, 16) and given.given == 7
    assert descriptor is lib.Shape.area
