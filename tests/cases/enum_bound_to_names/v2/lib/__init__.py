import enum


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3
    PINK = 4


DEFAULT = Color.GREEN
STILL = Color.BLUE
current = Color.RED


class Config:
    color = Color.RED


def get():
    return current, Config.color
