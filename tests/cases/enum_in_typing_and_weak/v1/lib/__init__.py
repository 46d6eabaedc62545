import enum


class Mode(enum.Enum):
    A = 1
    B = 2


class Num(enum.IntEnum):
    ONE = 1


class Box:
    mode = Mode.A

    def __init__(self, mode=Mode.B):
        self.mode = mode
