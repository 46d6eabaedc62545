import sys
from typing import Callable, Generic, ParamSpec, TypeVar

T = TypeVar("T", bound="Base", covariant=True)
P = ParamSpec("P")


class Base:
    level = 2


class Box(Generic[T]):
    pass


Function = Callable[P, T]


if sys.version_info >= (3, 12):
    exec(
        """
type Pair[A] = tuple[A, A, A]
type Tree = dict[str, Tree]


class Bag[A]:
    def __init__(self, value: A):
        self.value = value

    def get(self) -> A:
        return 2, self.value
"""
    )
