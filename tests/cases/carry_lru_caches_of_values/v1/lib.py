import dataclasses
import enum
import fractions
import pathlib
import re
from collections import namedtuple
from functools import lru_cache

Point = namedtuple("Point", "x y")


class Mode(enum.Enum):
    FAST = 1
    EXACT = 2


class Client:
    pass


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: object


@lru_cache
def pattern():
    return re.compile("1")


@lru_cache
def path():
    return pathlib.PurePosixPath("1")


@lru_cache
def share():
    return fractions.Fraction(1, 5)


@lru_cache
def mode():
    return Mode(1)


@lru_cache
def point():
    return Point(1, pathlib.PurePosixPath("1"))


@lru_cache
def client(number=1):
    return Client()


@lru_cache
def connection():
    return Point(1, Client())


@lru_cache
def frozen():
    return Frozen((Frozen(1), "a"))


@lru_cache
def frozen_client():
    return Frozen((Client(), 1))
