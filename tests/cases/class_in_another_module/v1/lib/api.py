from collections import namedtuple
from enum import Enum


class Context:
    def __init__(self):
        self.count = 0

    def up(self):
        self.count += 1
        return 1

    def mark(self):
        return Mark()

    def down(self):
        self.count -= 1


class Mark:
    pass


class Mode(Enum):
    SHARED = 1
    ALONE = 2


Place = namedtuple("Place", "path line")


class Token:
    def left(self):
        return 1


class Failure(Exception):
    pass


class Lock:
    def __init__(self):
        self.context, self.token = Context(), Token()

    def acquire(self):
        return self.context.up()


def start():
    raise Failure("v1")
