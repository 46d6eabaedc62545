import enum


class Level(enum.StrEnum):
    LOW = "low"
    HIGH = "high"


class Kind(str, enum.Enum):
    A = "a"
    B = "b"


class Auto(enum.StrEnum):
    FIRST = enum.auto()


def shout(level):
    return level.upper()
