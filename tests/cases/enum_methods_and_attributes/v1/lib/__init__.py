import enum
import functools


class Planet(enum.Enum):
    EARTH = (5.97e24, 6.37e6)
    MARS = (6.42e23, 3.39e6)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius
        self.labels = ["one"]

    @property
    def heavy(self):
        return self.mass > 1e24

    @functools.cached_property
    def slug(self):
        return self.name.lower() + "-1"

    def describe(self):
        return "one", self.name


class Coord(bytes, enum.Enum):
    def __new__(cls, value, label):
        member = bytes.__new__(cls, [value])
        member._value_ = value
        member.label = label
        return member

    PX = (0, "P.X")
    PY = (1, "P.Y")


class Op(enum.Enum):
    ADD = ("+", lambda a, b: a + b)
    MUL = ("*", lambda a, b: a * b)

    def __call__(self, a, b):
        return self.value[1](a, b)
