import enum


class Mode(enum.Enum):
    A = 10
    B = 20
    C = 30


class Num(enum.IntEnum):
    ONE = 100


class Box:
    mode = Mode.C

    def __init__(self, mode=Mode.B):
        self.mode = mode
