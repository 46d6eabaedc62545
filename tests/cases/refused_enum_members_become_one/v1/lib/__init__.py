import enum


class E(enum.Enum):
    A = 1
    B = 2
