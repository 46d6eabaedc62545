import enum


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


DEFAULT = Color.RED
STILL = Color.BLUE
current = Color.RED


class Config:
    color = Color.RED


def get():
    return current, Config.color
