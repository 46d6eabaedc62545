import enum


class E(enum.Enum):
    FIRST = 1
    A = 1
    B = 2
    SECOND = 2
    OLDER = 5


class Apart(enum.Enum):
    X = 1
    Y = 2
