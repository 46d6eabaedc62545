import collections
import typing


class Point(collections.namedtuple("Point", "x y z", defaults=[0])):
    __slots__ = ()

    def norm(self):
        return self.x + self.y + self.z


class Named(typing.NamedTuple):
    y: int
    x: list
    z: object = None

    def label(self):
        return "named"
