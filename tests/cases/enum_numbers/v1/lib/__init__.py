import enum


class Code(enum.IntEnum):
    OK = 1
    LATE = 2
    LOST = 3


class Weight(float, enum.Enum):
    LIGHT = 0.5
    HEAVY = 2.5


TEXTS = {Code.OK: "fine", Code.LATE: "late", Code.LOST: "lost"}


def text(code):
    return TEXTS[code]
