import enum


class Code(enum.IntEnum):
    OK = 200
    LATE = 3
    LOST = 2
    GONE = 410


class Weight(float, enum.Enum):
    LIGHT = 0.25
    HEAVY = 2.5


TEXTS = {Code.OK: "ok", Code.LATE: "late", Code.LOST: "lost", Code.GONE: "gone"}


def text(code):
    return TEXTS[code]
