import enum


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Size(enum.Enum):
    S = enum.auto()
    L = enum.auto()


def name_of(color):
    match color:
        case Color.RED:
            return "red"
        case Color.GREEN:
            return "green"


def paint(color=Color.GREEN, *, size=Size.S):
    return name_of(color), size
