import enum


class Level(enum.StrEnum):
    LOW = "l"
    HIGH = "high"
    TOP = "top"


class Kind(enum.StrEnum):
    A = "a"
    B = "b"


class Auto(enum.StrEnum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.title()

    FIRST = enum.auto()


def shout(level):
    return level.upper()
