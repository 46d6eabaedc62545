import enum


class Color(enum.Enum):
    BLUE = 3
    RED = 1
    GREEN = 2


class Size(enum.Enum):
    S = enum.auto()
    M = enum.auto()
    L = enum.auto()


def name_of(color):
    match color:
        case Color.RED:
            return "red"
        case Color.GREEN:
            return "green"
        case Color.BLUE:
            return "blue"


def paint(color=Color.GREEN, *, size=Size.M):
    return name_of(color), size
