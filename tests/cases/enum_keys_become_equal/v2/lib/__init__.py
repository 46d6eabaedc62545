import enum


class Code(enum.IntEnum):
    A = 5
    B = 2


class Text(enum.IntEnum):
    X = 7
