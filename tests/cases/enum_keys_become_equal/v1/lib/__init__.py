import enum


class Code(enum.IntEnum):
    A = 1
    B = 2


class Text(enum.StrEnum):
    X = "x"
