import enum


class Color(enum.Enum):
    RED = 1
    GREEN = 2


DEFAULT = Color.RED


def name():
    return "one"
