import enum


class E(enum.Enum):
    A = 10
    B = 2
