import enum
import functools


class Level(enum.Enum):
    LOW = 1
    HIGH = 2

    def __init__(self, value):
        self.title = self.name

    @functools.cached_property
    def text(self):
        return f"one {self.value}"

    @property
    def name(self):
        return self._name_


class Same(enum.Enum):
    S = 1


class Bits(enum.Flag):
    P = 1
    Q = 2
