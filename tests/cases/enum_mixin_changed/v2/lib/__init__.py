import enum


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


class Text(enum.StrEnum):
    A = "a"
    B = "b"


class Plain(enum.Enum):
    X = 1
    Y = 2


class Bits(enum.Flag):
    P = 1
    Q = 2


def half(number):
    return number / 2
