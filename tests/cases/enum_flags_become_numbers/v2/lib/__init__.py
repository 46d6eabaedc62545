import enum


class Perm(enum.Enum):
    R = 10
    W = 20


class Left(enum.Flag):
    A = 1
    B = 2
