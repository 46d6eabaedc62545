import collections
import typing


class Point(collections.namedtuple("Point", "x y")):
    def norm(self):
        return self.x + self.y


class Named(typing.NamedTuple):
    x: list
    y: int

    def label(self):
        return "old"
