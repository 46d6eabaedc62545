import enum


class E(enum.Enum):
    A = 1
    B = 2
    FIRST = 1
    OLD = 5
    OLDER = 5


class Apart(enum.Enum):
    X = 1
    Y = 1
