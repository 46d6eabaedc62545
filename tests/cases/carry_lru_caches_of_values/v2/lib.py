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
    return re.compile("2")


@lru_cache
def path():
    return pathlib.PurePosixPath("2")


@lru_cache
def share():
    return fractions.Fraction(2, 5)


@lru_cache
def mode():
    return Mode(2)


@lru_cache
def point():
    return Point(2, pathlib.PurePosixPath("2"))


@lru_cache
def client(number=2):
    return Client()


@lru_cache
def connection():
    return Point(2, Client())


@lru_cache
def frozen():
    return Frozen((Frozen(2), "a"))


@lru_cache
def frozen_client():
    return Frozen((Client(), 2))
