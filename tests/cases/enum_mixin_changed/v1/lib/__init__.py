import enum


class Number(enum.Enum):
    ONE = 1
    TWO = 2


class Text(enum.Enum):
    A = "a"
    B = "b"


class Plain(enum.IntEnum):
    X = 1
    Y = 2


class Bits(enum.IntFlag):
    P = 1
    Q = 2


def half(number):
    return number.value / 2
