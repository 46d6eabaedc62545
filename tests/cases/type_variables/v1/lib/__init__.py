import sys
from typing import Callable, Generic, ParamSpec, TypeVar

T = TypeVar("T", bound="Base")
P = ParamSpec("P")


class Base:
    pass


class Box(Generic[T]):
    pass


Function = Callable[P, T]


if sys.version_info >= (3, 12):
    exec(
        """
type Pair[A] = tuple[A, A]
type Tree = list[Tree]


class Bag[A]:
    def __init__(self, value: A):
        self.value = value

    def get(self) -> A:
        return self.value
"""
    )
